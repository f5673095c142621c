/* SPDX-License-Identifier: Apache-2.0 */
/* The machine in a line: /proc/cpuinfo for the maker's numbers of the first CPU, sysconf for its own caches. In an
 * emulator these are the host's, and are left out. */
#include "tuner/machine_text.h"

#include <string.h>
#include <sys/prctl.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"

enum { CPUINFO_LIMIT_BYTES = 16 << 20 };

/* Keys of /proc/cpuinfo on x86 and on ARM. */
static const struct {
    const char *key, *name;
} fields[] = {
    {"vendor_id", "vendor"},    {"cpu family", "family"},           {"model", "model"},
    {"stepping", "stepping"},   {"CPU implementer", "implementer"}, {"CPU part", "part"},
    {"CPU variant", "variant"}, {"CPU revision", "revision"},
};

/* "model\t\t: 143": the value of the first line of that key; false when there is none. */
static bool find_value(const char *text, const char *key, const char **value, size_t *length) {
    size_t key_length = strlen(key);
    for (const char *line = text; line != NULL && *line != '\0'; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, key, key_length) != 0) continue;
        const char *rest = line + key_length + strspn(line + key_length, " \t");
        if (*rest != ':') continue;
        rest += 1 + strspn(rest + 1, " \t");
        *value = rest;
        *length = strcspn(rest, "\n");
        return *length > 0;
    }
    return false;
}

static void add_cache(Text *text, const char *name, int question) {
    long bytes = sysconf(question);
    if (bytes > 0) text_add(text, " %s=%ld", name, bytes);
}

/* The kernel names a process by the program that it started, which is the emulator's. */
bool machine_is_emulated(void) {
    char name[16] = "";
    return prctl(PR_GET_NAME, name, 0, 0, 0) == 0 && strncmp(name, "qemu-", 5) == 0;
}

const char *machine_text(Context *context) {
    Text text = text_new(context);
    struct utsname system;
    const Source *cpuinfo;
    text_add_string(&text, uname(&system) == 0 ? system.machine : "unknown");
    if (machine_is_emulated()) {
        text_add_string(&text, " emulated");
        return text_string(&text);
    }
    if (file_read(context, "/proc/cpuinfo", CPUINFO_LIMIT_BYTES, &cpuinfo) == STATUS_OK) {
        for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
            const char *value;
            size_t length;
            if (find_value(cpuinfo->text, fields[i].key, &value, &length))
                text_add(&text, " %s=%.*s", fields[i].name, (int)length, value);
        }
    }
    add_cache(&text, "l1d", _SC_LEVEL1_DCACHE_SIZE);
    add_cache(&text, "l2", _SC_LEVEL2_CACHE_SIZE);
    return text_string(&text);
}
