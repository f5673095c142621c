/* SPDX-License-Identifier: Apache-2.0 */
/* Golden files: read and listed. */
#include "tests/support/golden_text.h"

#include <check.h>
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/text.h"
#include "base/vector.h"

enum { MAX_GOLDEN_BYTES = 1 << 20 };

const Source *golden_text_read(Context *context, const char *path) {
    const Source *source = NULL;
    Status status =
        file_read(context, arena_format(context, "%s/tests/%s", SEPTET_SOURCE_DIR, path), MAX_GOLDEN_BYTES, &source);
    ck_assert_msg(status == STATUS_OK, "%s", diag_message(context));
    return source;
}

const char *golden_text_uncommented(Context *context, const char *path) {
    const char *line = golden_text_read(context, path)->text;
    Text text = text_new(context);
    while (*line != '\0') {
        const char *end = strchr(line, '\n');
        size_t length = end != NULL ? (size_t)(end - line) + 1 : strlen(line);
        if (*line != '#') text_add_string(&text, arena_substring(context, line, length));
        line += length;
    }
    return text_string(&text);
}

static int compare_paths(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

const char *const *golden_text_list(Context *context, const char *folder, const char *prefix) {
    VECTOR(const char *) paths = {0};
    DIR *directory = opendir(arena_format(context, "%s/tests/%s", SEPTET_SOURCE_DIR, folder));
    ck_assert_msg(directory != NULL, "no folder tests/%s", folder);
    for (struct dirent *entry = readdir(directory); entry != NULL; entry = readdir(directory)) {
        if (entry->d_name[0] == '.' || strncmp(entry->d_name, prefix, strlen(prefix)) != 0) continue;
        VECTOR_PUSH(context, &paths, arena_format(context, "%s/%s", folder, entry->d_name));
    }
    closedir(directory);
    ck_assert_msg(paths.count > 0, "no golden files tests/%s/%s*", folder, prefix);
    qsort(paths.items, paths.count, sizeof *paths.items, compare_paths);
    VECTOR_PUSH(context, &paths, NULL);
    return paths.items;
}
