/* SPDX-License-Identifier: Apache-2.0 */
/* The loader: an object with code, constants, variables and an import runs; damaged ones are refused or loaded, and
 * harm nothing. */
#include <elf.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tests/support/in_context.h"
#include "tests/support/run.h"
#include "tuner/cross_build.h"
#include "tuner/image/image.h"

/* Compiled like a kernel: position-independent, no library. */
static const char source[] =
    "static const int table[4] = {3, 5, 7, 11};\n"
    "static const int *const pointers[2] = {table + 2, table};\n"
    "static int counter, start = 100;\n"
    "extern int twice(int);\n"
    "static __attribute__((noinline)) int hidden(int i) { return *pointers[i & 1]; }\n"
    "int next(int i) { return start++ + ++counter * 1000 + twice(table[i & 3]) + hidden(i); }\n"
    "void spoil(void) { *(volatile int *)(unsigned long)table = 1; }\n";

typedef int Next(int i);
typedef void Spoil(void);

static int twice(int number) {
    return 2 * number;
}

static const ImageImport imports[] = {{"twice", (void (*)(void))twice}};

typedef struct Object {
    char *bytes;
    size_t length;
} Object;

static Status compile(Context *context, Object *out) {
    static const char *const arguments[] = {"-c", "-O1", "-fPIC", "-fvisibility=hidden", "tuner/object.c", NULL};
    const FileContent file = {"object.c", source, strlen(source)};
    int object;
    TRY(cross_build(context, &(CrossBuild){"cc", arguments, &file, 1}, &object));
    out->length = (size_t)lseek(object, 0, SEEK_END);
    out->bytes = arena_alloc(context, out->length);
    ck_assert_int_eq(pread(object, out->bytes, out->length, 0), (ssize_t)out->length);
    close(object);
    return STATUS_OK;
}

/* ISO C has no cast from void * to a function pointer. */
static Next *find_next(const Image *image) {
    void *address = image_symbol(image, "next");
    Next *next;
    ck_assert_ptr_nonnull(address);
    memcpy(&next, &address, sizeof next);
    return next;
}

static Status run_object(Context *context, void *data) {
    Object object;
    Image image, other;
    (void)data;
    TRY(compile(context, &object));
    TRY(image_load(context, object.bytes, object.length, imports, 1, &image));
    TRY(image_load(context, object.bytes, object.length, imports, 1, &other));
    Next *next = find_next(&image);
    ck_assert_int_eq(next(0), 100 + 1000 + 6 + 7);
    ck_assert_int_eq(next(3), 101 + 2000 + 22 + 3);
    ck_assert_int_eq(find_next(&other)(0), 1113); /* variables of its own */
    ck_assert_ptr_null(image_symbol(&image, "hidden"));
    ck_assert_ptr_null(image_symbol(&image, "twice"));
    ck_assert_ptr_null(image_symbol(&image, ""));
    image_unload(&other);
    image_unload(&image);
    image_unload(&image);
    return STATUS_OK;
}

START_TEST(an_object_runs) {
    run_in_context(run_object, NULL);
}
END_TEST

static Status write_constant(Context *context, void *data) {
    Object object;
    Image image;
    Spoil *spoil;
    (void)data;
    TRY(compile(context, &object));
    TRY(image_load(context, object.bytes, object.length, imports, 1, &image));
    void *address = image_symbol(&image, "spoil");
    memcpy(&spoil, &address, sizeof spoil);
    spoil();
    return STATUS_OK;
}

START_TEST(constants_are_constant) {
    signal(SIGSEGV, SIG_DFL); /* not a sanitizer's handler */
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    run_in_context(write_constant, NULL);
}
END_TEST

static void expect_refusal(Context *context, const Object *object, size_t import_count, const char *why) {
    Image image;
    ck_assert_int_eq(image_load(context, object->bytes, object->length, imports, import_count, &image), STATUS_INVALID);
    ck_assert_msg(strstr(diag_message(context), why) != NULL, "%s", diag_message(context));
    ck_assert_ptr_null(image.memory);
}

static Status refuse_objects(Context *context, void *data) {
    Object object;
    (void)data;
    TRY(compile(context, &object));
    expect_refusal(context, &object, 0, "it needs twice, which kernels do not get");
    expect_refusal(context, &(Object){"", 0}, 1, "it is too short");
    object.bytes[0] = 'x';
    expect_refusal(context, &object, 1, "it is no ELF file");
    object.bytes[0] = ELFMAG0;
    object.bytes[EI_CLASS] = ELFCLASS32;
    expect_refusal(context, &object, 1, "it is not for ");
    object.bytes[EI_CLASS] = ELFCLASS64;
    object.bytes[offsetof(Elf64_Ehdr, e_type)] = ET_DYN;
    expect_refusal(context, &object, 1, "it is no relocatable object");
    return STATUS_OK;
}

START_TEST(other_files_are_refused) {
    run_in_context(refuse_objects, NULL);
}
END_TEST

/* Loads, and looks for a symbol; whatever comes of it. */
static void try_object(Context *context, const char *bytes, size_t length) {
    Image image;
    if (image_load(context, bytes, length, imports, 1, &image) != STATUS_OK) return;
    (void)image_symbol(&image, "next");
    image_unload(&image);
}

static Status load_cut(Context *context, void *data) {
    Object object;
    (void)data;
    TRY(compile(context, &object));
    for (size_t length = 0; length < object.length; length++) {
        char *cut = arena_alloc(context, length + 1); /* so that a sanitizer sees what is read behind it */
        memcpy(cut, object.bytes, length);
        try_object(context, cut, length);
    }
    return STATUS_OK;
}

START_TEST(cut_objects_harm_nothing) {
    run_in_context(load_cut, NULL);
}
END_TEST

static Status load_changed(Context *context, void *data) {
    static const unsigned char values[] = {0, 1, 0x7F, 0x80, 0xFF};
    Object object;
    (void)data;
    TRY(compile(context, &object));
    for (size_t i = 0; i < object.length; i++) {
        char before = object.bytes[i];
        for (size_t j = 0; j < sizeof values; j++) {
            object.bytes[i] = (char)values[j];
            try_object(context, object.bytes, object.length);
        }
        object.bytes[i] = before;
    }
    return STATUS_OK;
}

START_TEST(changed_objects_harm_nothing) {
    run_in_context(load_changed, NULL);
}
END_TEST

int main(void) {
    if (!cross_find_program("cc")) {
        printf("SKIPPED: no C compiler\n");
        return TEST_SKIPPED;
    }
    TCase *tests = tcase_create("load");
    tcase_add_test(tests, an_object_runs);
    tcase_add_test_raise_signal(tests, constants_are_constant, SIGSEGV);
    tcase_add_test(tests, other_files_are_refused);
    tcase_add_test(tests, cut_objects_harm_nothing);
    tcase_add_test(tests, changed_objects_harm_nothing);
    return run_tests(tests);
}
