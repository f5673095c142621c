/* SPDX-License-Identifier: Apache-2.0 */
/* Whole files: read into memory, and written so that nobody ever sees half of one.
 *
 * Writing makes a temporary beside each target, fills and syncs it, and renames all of them when all are complete. A
 * failure removes what was made, and brings back what was replaced. SIGINT, SIGTERM and SIGHUP are held back meanwhile:
 * one that arrives makes the write give up and clean up, and takes effect when the call returns (base/signals.h). A
 * limit on the size of files is an error like any other: SIGXFSZ does not end the program. */
#ifndef SEPTET_BASE_FILE_H
#define SEPTET_BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/context.h"

/* Reads a file into the arena; "-" is standard input, named "<stdin>" in messages. STATUS_IO with the path and the
 * reason; STATUS_INVALID when it is longer than `limit_bytes`. */
Status file_read(Context *context, const char *path, size_t limit_bytes, const Source **out);

/* The same of a file that a text names, and not the user: STATUS_IO also when it is a folder, a device or a pipe, which
 * might never end. "-" is a name like others. */
Status file_read_regular(Context *context, const char *path, size_t limit_bytes, const Source **out);

/* What a file is to hold. */
typedef struct FileContent {
    const char *path;
    const void *bytes;
    size_t length;
} FileContent;

/* Writes all of the files or none; existing files, and links to files, are replaced, nothing else is. STATUS_IO with
 * the path and the reason; then all is as it was. No two paths are the same. */
Status file_write_all(Context *context, const FileContent *files, size_t count);

/* The same for files of one folder, which is made when it is missing, with its parents, and goes away again when
 * nothing could be written. */
Status file_write_folder(Context *context, const char *folder, const FileContent *files, size_t count);

/* Makes a folder and those of its parents that are missing, or none of them; *made counts them. STATUS_IO with the path
 * and the reason, also when there is a folder that this user may not write to. */
Status file_make_folders(Context *context, const char *path, int *made);

/* Could file_write_folder make this folder and write to it? To be asked before much work is done for its files. Leaves
 * all as it was. */
Status file_try_folder(Context *context, const char *path);

/* Removes the innermost `made` folders of the path again, as far as they are empty. */
void file_remove_folders(const char *path, int made);

#endif
