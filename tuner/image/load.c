/* SPDX-License-Identifier: Apache-2.0 */
/* Lays out the sections that a running program needs, copies them, makes their references, and gives each part the
 * access that it is to have. Nothing that the file says is believed before it was compared with its length. */
#define _GNU_SOURCE /* MAP_ANONYMOUS */
#include <elf.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tuner/image/image.h"
#include "tuner/image/internal.h"

#ifdef __aarch64__
static const ImageArchitecture *const architecture = &image_arm64;
#else
static const ImageArchitecture *const architecture = &image_x86;
#endif

/* The parts of an image, in their order. */
typedef enum Part { PART_CODE, PART_CONSTANTS, PART_VARIABLES, PART_COUNT } Part;

static const int part_access[PART_COUNT] = {PROT_READ | PROT_EXEC, PROT_READ, PROT_READ | PROT_WRITE};

typedef struct Loading {
    Context *context;
    Image *image;
    const ImageImport *imports;
    size_t import_count;
    size_t *offsets;         /* of sections, in the image */
    size_t ends[PART_COUNT]; /* of parts, at a page */
    size_t jumps;            /* the first jump's offset */
} Loading;

static Status refuse(const Loading *loading, const char *why) {
    return diag_error(loading->context, STATUS_INVALID, "the object cannot be loaded: %s", why);
}

static bool lies_within(const Loading *loading, uint64_t offset, uint64_t bytes) {
    size_t length = loading->image->length;
    return offset <= length && bytes <= length - offset;
}

static Status check_header(const Loading *loading, const Elf64_Ehdr *header) {
    if (memcmp(header->e_ident, ELFMAG, SELFMAG) != 0) return refuse(loading, "it is no ELF file");
    if (header->e_ident[EI_CLASS] != ELFCLASS64 || header->e_machine != architecture->machine)
        return refuse(loading, arena_format(loading->context, "it is not for %s", architecture->name));
    if (header->e_type != ET_REL) return refuse(loading, "it is no relocatable object");
    uint64_t bytes = (uint64_t)header->e_shnum * sizeof(Elf64_Shdr);
    if (header->e_shentsize == sizeof(Elf64_Shdr) && lies_within(loading, header->e_shoff, bytes)) return STATUS_OK;
    return refuse(loading, "its table of sections is damaged");
}

/* The headers are copied: those of the file need not be aligned. */
static Status read_sections(Loading *loading) {
    Image *image = loading->image;
    Elf64_Ehdr header;
    if (!lies_within(loading, 0, sizeof header)) return refuse(loading, "it is too short");
    memcpy(&header, image->object, sizeof header);
    TRY(check_header(loading, &header));
    image->count = header.e_shnum;
    Elf64_Shdr *headers = ARENA_ARRAY(loading->context, Elf64_Shdr, image->count);
    if (image->count > 0) memcpy(headers, image->object + header.e_shoff, image->count * sizeof *headers);
    image->headers = headers;
    image->sections = ARENA_ARRAY(loading->context, unsigned char *, image->count);
    loading->offsets = ARENA_ARRAY(loading->context, size_t, image->count);
    for (size_t i = 0; i < image->count; i++) {
        bool is_empty = headers[i].sh_type == SHT_NOBITS || headers[i].sh_type == SHT_NULL;
        if (!is_empty && !lies_within(loading, headers[i].sh_offset, headers[i].sh_size))
            return refuse(loading, "a section reaches beyond its end");
    }
    return STATUS_OK;
}

static bool is_loaded(const Elf64_Shdr *section) {
    return (section->sh_flags & SHF_ALLOC) != 0;
}

static Part part_of(const Elf64_Shdr *section) {
    if ((section->sh_flags & SHF_EXECINSTR) != 0) return PART_CODE;
    return (section->sh_flags & SHF_WRITE) != 0 ? PART_VARIABLES : PART_CONSTANTS;
}

static size_t round_up(size_t value, size_t multiple) {
    return (value + multiple - 1) / multiple * multiple;
}

/* More than any kernel has; what keeps sums from overflowing. */
static const uint64_t most_bytes = (uint64_t)1 << 30;

static Status lay_out_part(Loading *loading, Part part, size_t page, size_t *end) {
    for (size_t i = 0; i < loading->image->count; i++) {
        const Elf64_Shdr *section = &loading->image->headers[i];
        size_t alignment = section->sh_addralign > 0 ? (size_t)section->sh_addralign : 1;
        if (!is_loaded(section) || part_of(section) != part) continue;
        if (alignment > page || section->sh_size > most_bytes || *end > most_bytes)
            return refuse(loading, "a section is too large, or wants too large an alignment");
        loading->offsets[i] = round_up(*end, alignment);
        *end = loading->offsets[i] + (size_t)section->sh_size;
    }
    return STATUS_OK;
}

static Status lay_out(Loading *loading) {
    size_t page = (size_t)sysconf(_SC_PAGESIZE), end = 0;
    for (int part = 0; part < PART_COUNT; part++) {
        TRY(lay_out_part(loading, (Part)part, page, &end));
        if (part == PART_CODE) {
            loading->jumps = round_up(end, IMAGE_JUMP_BYTES);
            end = loading->jumps + loading->import_count * IMAGE_JUMP_BYTES;
        }
        loading->ends[part] = end = round_up(end, page);
    }
    return STATUS_OK;
}

static void copy_sections(const Loading *loading) {
    Image *image = loading->image;
    for (size_t i = 0; i < loading->image->count; i++) {
        const Elf64_Shdr *section = &loading->image->headers[i];
        if (!is_loaded(section)) continue;
        image->sections[i] = image->memory + loading->offsets[i];
        if (section->sh_type != SHT_NOBITS)
            memcpy(image->sections[i], image->object + section->sh_offset, (size_t)section->sh_size);
    }
}

/* Functions of this process may lie too far away for a call. */
static void make_jumps(const Loading *loading) {
    for (size_t i = 0; i < loading->import_count; i++) {
        unsigned char *jump = loading->image->memory + loading->jumps + i * IMAGE_JUMP_BYTES;
        memcpy(jump, architecture->jump, sizeof architecture->jump);
        memcpy(jump + sizeof architecture->jump, &loading->imports[i].function, sizeof loading->imports[i].function);
    }
}

static Status map_sections(const Loading *loading) {
    Image *image = loading->image;
    image->memory_bytes = loading->ends[PART_COUNT - 1];
    if (image->memory_bytes == 0) return refuse(loading, "there is no code in it");
    void *memory = mmap(NULL, image->memory_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        return diag_error(loading->context, STATUS_NO_MEMORY, "no memory to load an object of %zu bytes",
                          image->memory_bytes);
    image->memory = memory;
    copy_sections(loading);
    make_jumps(loading);
    return STATUS_OK;
}

/* A name in a table of strings; NULL when it does not end within. */
static const char *name_at(const Image *image, const Elf64_Shdr *strings, uint64_t offset) {
    const char *table = image->object + strings->sh_offset;
    if (strings->sh_type != SHT_STRTAB || offset >= strings->sh_size) return NULL;
    return memchr(table + offset, '\0', (size_t)(strings->sh_size - offset)) != NULL ? table + offset : NULL;
}

/* The jump to an import. */
static Status find_import(const Loading *loading, const char *name, uint64_t *out) {
    for (size_t i = 0; i < loading->import_count; i++) {
        if (strcmp(loading->imports[i].name, name) != 0) continue;
        *out = (uint64_t)(uintptr_t)(loading->image->memory + loading->jumps + i * IMAGE_JUMP_BYTES);
        return STATUS_OK;
    }
    return refuse(loading, arena_format(loading->context, "it needs %s, which kernels do not get", name));
}

static Status find_address(const Loading *loading, const Elf64_Shdr *symbols, uint64_t index, uint64_t *out) {
    Elf64_Sym symbol;
    const Image *image = loading->image;
    if (symbols->sh_link >= image->count || index >= symbols->sh_size / sizeof symbol)
        return refuse(loading, "a relocation names a symbol that there is not");
    memcpy(&symbol, image->object + symbols->sh_offset + index * sizeof symbol, sizeof symbol);
    const char *name = name_at(image, &image->headers[symbols->sh_link], symbol.st_name);
    if (symbol.st_shndx == SHN_UNDEF && name != NULL) return find_import(loading, name, out);
    unsigned char *section = symbol.st_shndx < image->count ? image->sections[symbol.st_shndx] : NULL;
    if (section == NULL) return refuse(loading, "a relocation names a symbol that is not loaded");
    *out = (uint64_t)(uintptr_t)section + symbol.st_value;
    return STATUS_OK;
}

static Status relocate_one(const Loading *loading, const Elf64_Shdr *table, const Elf64_Rela *relocation) {
    const Elf64_Shdr *target = &loading->image->headers[table->sh_info];
    uint64_t address = 0;
    TRY(find_address(loading, &loading->image->headers[table->sh_link], ELF64_R_SYM(relocation->r_info), &address));
    if (relocation->r_offset >= target->sh_size) return refuse(loading, "a relocation lies outside its section");
    Fixup fixup = {.place = loading->image->sections[table->sh_info] + relocation->r_offset,
                   .room = (size_t)(target->sh_size - relocation->r_offset),
                   .type = (uint32_t)ELF64_R_TYPE(relocation->r_info),
                   .address = address + (uint64_t)relocation->r_addend};
    switch (architecture->fix(&fixup)) {
    case FIXUP_DONE: return STATUS_OK;
    case FIXUP_TOO_FAR: return refuse(loading, "a symbol is too far away from where it is used");
    default:
        return refuse(loading, arena_format(loading->context, "relocations of type %u for %s are not known", fixup.type,
                                            architecture->name));
    }
}

/* One table of relocations. */
static Status relocate_section(const Loading *loading, const Elf64_Shdr *table) {
    size_t count = loading->image->count;
    if (table->sh_info >= count || loading->image->sections[table->sh_info] == NULL) return STATUS_OK;
    if (table->sh_link >= count || loading->image->headers[table->sh_link].sh_type != SHT_SYMTAB)
        return refuse(loading, "relocations without symbols");
    for (uint64_t i = 0; i < table->sh_size / sizeof(Elf64_Rela); i++) {
        Elf64_Rela relocation;
        memcpy(&relocation, loading->image->object + table->sh_offset + i * sizeof relocation, sizeof relocation);
        TRY(relocate_one(loading, table, &relocation));
    }
    return STATUS_OK;
}

static Status relocate_all(const Loading *loading) {
    for (size_t i = 0; i < loading->image->count; i++) {
        if (loading->image->headers[i].sh_type == SHT_REL) return refuse(loading, "relocations without addends");
        if (loading->image->headers[i].sh_type == SHT_RELA) TRY(relocate_section(loading, &loading->image->headers[i]));
    }
    return STATUS_OK;
}

static Status protect(const Loading *loading) {
    Image *image = loading->image;
    size_t start = 0;
    __builtin___clear_cache((char *)image->memory, (char *)image->memory + loading->ends[PART_CODE]);
    for (int part = 0; part < PART_COUNT; part++) {
        size_t end = loading->ends[part];
        if (end > start && mprotect(image->memory + start, end - start, part_access[part]) != 0)
            return refuse(loading, "the system does not let its code be run");
        start = end;
    }
    return STATUS_OK;
}

static Status load(Loading *loading) {
    TRY(read_sections(loading));
    TRY(lay_out(loading));
    TRY(map_sections(loading));
    TRY(relocate_all(loading));
    return protect(loading);
}

Status image_load(Context *context, const char *object, size_t length, const ImageImport *imports, size_t import_count,
                  Image *out) {
    *out = (Image){.object = object, .length = length};
    Loading loading = {.context = context, .image = out, .imports = imports, .import_count = import_count};
    Status status = load(&loading);
    if (status != STATUS_OK) image_unload(out);
    return status;
}

void image_unload(Image *image) {
    if (image->memory != NULL) munmap(image->memory, image->memory_bytes);
    *image = (Image){0};
}

static void *find_in_table(const Image *image, const Elf64_Shdr *symbols, const char *name) {
    for (uint64_t i = 0; symbols->sh_link < image->count && i < symbols->sh_size / sizeof(Elf64_Sym); i++) {
        Elf64_Sym symbol;
        memcpy(&symbol, image->object + symbols->sh_offset + i * sizeof symbol, sizeof symbol);
        if (symbol.st_shndx >= image->count || image->sections[symbol.st_shndx] == NULL) continue;
        const char *found = name_at(image, &image->headers[symbols->sh_link], symbol.st_name);
        bool is_global = ELF64_ST_BIND(symbol.st_info) != STB_LOCAL;
        bool is_inside = symbol.st_value < image->headers[symbol.st_shndx].sh_size;
        if (is_global && is_inside && found != NULL && strcmp(found, name) == 0)
            return image->sections[symbol.st_shndx] + symbol.st_value;
    }
    return NULL;
}

void *image_symbol(const Image *image, const char *name) {
    void *found = NULL;
    for (size_t i = 0; found == NULL && i < image->count; i++)
        if (image->headers[i].sh_type == SHT_SYMTAB) found = find_in_table(image, &image->headers[i], name);
    return found;
}
