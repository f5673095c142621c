/* SPDX-License-Identifier: Apache-2.0 */
/* Names of kernels: C identifiers made of what users call their layers, and the check that no two of one list would
 * define the same symbol. */
#include <stdlib.h>
#include <string.h>

#include "compiler/frontend/internal.h"

static const char prefix[] = "conv_";

/* The words of C17, C23 and C++23 that are no identifiers, main, which no object but a program may define, and names of
 * the C library. Those of C that start with '_' are prefixed for that. */
static const char *const reserved_words[] = {
    "alignas",     "alignof",
    "and",         "and_eq",
    "asm",         "auto",
    "bitand",      "bitor",
    "bool",        "break",
    "case",        "catch",
    "char",        "char16_t",
    "char32_t",    "char8_t",
    "class",       "co_await",
    "co_return",   "co_yield",
    "compl",       "concept",
    "const",       "const_cast",
    "consteval",   "constexpr",
    "constinit",   "continue",
    "decltype",    "default",
    "delete",      "do",
    "double",      "dynamic_cast",
    "else",        "enum",
    "explicit",    "export",
    "extern",      "false",
    "float",       "for",
    "friend",      "goto",
    "if",          "inline",
    "int",         "long",
    "main",        "mutable",
    "namespace",   "new",
    "noexcept",    "not",
    "not_eq",      "nullptr",
    "operator",    "or",
    "or_eq",       "private",
    "protected",   "public",
    "register",    "reinterpret_cast",
    "requires",    "restrict",
    "return",      "short",
    "signed",      "sizeof",
    "static",      "static_assert",
    "static_cast", "struct",
    "switch",      "template",
    "this",        "thread_local",
    "throw",       "true",
    "try",         "typedef",
    "typeid",      "typename",
    "typeof",      "typeof_unqual",
    "union",       "unsigned",
    "using",       "virtual",
    "void",        "volatile",
    "wchar_t",     "while",
    "xor",         "xor_eq",
#define NAME(name) #name,
#include "compiler/frontend/library_names.def"
#undef NAME
};

/* What the headers of all kernels and libseptet_rt define starts so. */
static const char *const reserved_prefixes[] = {"SEPTET_", "septet_"};

/* Behind NAME in the other symbols of a kernel. */
static const char *const symbol_suffixes[] = {"_pack", "_call", "_info", "_supported"};

/* FNV-1a, 64 bits (Fowler, Noll, Vo), folded to 32 by xor. */
static unsigned fold_hash(const char *text) {
    uint64_t hash = 0xcbf29ce484222325;
    for (; *text != '\0'; text++) hash = (hash ^ (unsigned char)*text) * 0x100000001b3;
    return (unsigned)(hash ^ hash >> 32) & 0xFFFFFFFF;
}

static bool is_reserved(const char *name) {
    for (size_t i = 0; i < sizeof reserved_prefixes / sizeof *reserved_prefixes; i++) {
        if (strncmp(name, reserved_prefixes[i], strlen(reserved_prefixes[i])) == 0) return true;
    }
    for (size_t i = 0; i < sizeof reserved_words / sizeof *reserved_words; i++) {
        if (strcmp(name, reserved_words[i]) == 0) return true;
    }
    return false;
}

static bool is_name_part(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

const char *frontend_kernel_name(Context *context, const Layer *layer) {
    if (layer->name[0] == '\0') {
        Text text = text_new(context);
        problem_print(&layer->problem, &text);
        return arena_format(context, "%s%08x", prefix, fold_hash(text_string(&text)));
    }
    size_t length = strlen(layer->name);
    char *name = arena_alloc(context, length + 1);
    for (size_t i = 0; i < length; i++) name[i] = is_name_part(layer->name[i]) ? layer->name[i] : '_';
    bool starts_badly = name[0] == '_' || (name[0] >= '0' && name[0] <= '9');
    return starts_badly || is_reserved(name) ? arena_format(context, "%s%s", prefix, name) : name;
}

/* A kernel and the layer that it is made of. */
typedef struct Kernel {
    const char *name;
    const Layer *layer;
} Kernel;

static int compare_kernels(const void *a, const void *b) {
    const Kernel *left = a, *right = b;
    int order = strcmp(left->name, right->name);
    if (order != 0) return order;
    return left->layer < right->layer ? -1 : left->layer > right->layer;
}

static int compare_names(const void *a, const void *b) {
    const Kernel *left = a, *right = b;
    return strcmp(left->name, right->name);
}

static Status clash(Context *context, const Kernel *kernel, const Kernel *other) {
    const Layer *layer = kernel->layer;
    return diag_error_at(context, STATUS_INVALID, layer->source, layer->offset,
                         "the kernel of this layer would be called '%s', which clashes with '%s' of layer '%s'; rename "
                         "one of them",
                         kernel->name, other->name, other->layer->name[0] != '\0' ? other->layer->name : "(unnamed)");
}

/* Is there a kernel whose _pack, _call, … is this one's name? NULL when there is not. */
static const Kernel *find_owner(Context *context, const Kernel *kernels, size_t count, const char *name) {
    size_t length = strlen(name);
    for (size_t i = 0; i < sizeof symbol_suffixes / sizeof *symbol_suffixes; i++) {
        size_t suffix_length = strlen(symbol_suffixes[i]);
        if (length <= suffix_length || strcmp(name + length - suffix_length, symbol_suffixes[i]) != 0) continue;
        Kernel owner = {.name = arena_substring(context, name, length - suffix_length)};
        return bsearch(&owner, kernels, count, sizeof *kernels, compare_names);
    }
    return NULL;
}

Status frontend_check_names(Context *context, const LayerList *layers) {
    Kernel *kernels = ARENA_ARRAY(context, Kernel, layers->count);
    for (size_t i = 0; i < layers->count; i++) {
        kernels[i].layer = &layers->items[i];
        kernels[i].name = frontend_kernel_name(context, kernels[i].layer);
    }
    qsort(kernels, layers->count, sizeof *kernels, compare_kernels);
    for (size_t i = 0; i < layers->count; i++) {
        bool same = i > 0 && strcmp(kernels[i].name, kernels[i - 1].name) == 0;
        const Kernel *other = same ? &kernels[i - 1] : find_owner(context, kernels, layers->count, kernels[i].name);
        if (other != NULL) return clash(context, &kernels[i], other);
    }
    return STATUS_OK;
}
