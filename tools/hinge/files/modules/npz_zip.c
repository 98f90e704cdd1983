#include "files/modules/npz_zip.h"

#include "base/module.h"
#include "files/file.h"

#include <stdlib.h>
#include <string.h>
#include <zip.h>

#define ENDING ".npy"

/* More does not come out of a byte of deflated data; stored ones are as large as they are. */
#define MOST_OF_A_BYTE 1032u

/* A header in front of elements ends within these. */
#define HEAD_SIZE ((size_t)1 << 17)

struct archive {
    struct npz npz;
    zip_t *zip;
    unsigned char *bytes; /* of the file */
};

static bool fail(hinge_error *error, zip_error_t *why)
{
    return error_set(error,
                     zip_error_code_zip(why) == ZIP_ER_MEMORY ? HINGE_NO_MEMORY : HINGE_BAD_FORMAT,
                     "%s", zip_error_strerror(why));
}

static bool list_names(struct archive *archive, hinge_error *error)
{
    struct npz *npz = &archive->npz;
    zip_int64_t n = zip_get_num_entries(archive->zip, 0);
    npz->names = calloc((size_t)n + 1, sizeof *npz->names);
    if (!npz->names)
        return error_no_memory(error);
    for (zip_int64_t i = 0; i < n; i++) {
        const char *name = zip_get_name(archive->zip, (zip_uint64_t)i, 0);
        if (!name)
            return fail(error, zip_get_error(archive->zip));
        char *copy = strdup(name);
        if (!copy)
            return error_no_memory(error);
        if (file_has_suffix(copy, ENDING))
            copy[strlen(copy) - strlen(ENDING)] = '\0';
        npz->names[npz->n++] = copy;
    }
    return true;
}

static bool read_archive(struct archive *archive, const char *path, hinge_error *error)
{
    size_t size;
    zip_error_t why;
    if (!file_read(path, &archive->bytes, &size, error))
        return false;
    zip_error_init(&why);
    zip_source_t *source = zip_source_buffer_create(archive->bytes, size, 0, &why);
    if (source)
        archive->zip = zip_open_from_source(source, ZIP_RDONLY, &why);
    bool good = archive->zip != NULL;
    if (!good) {
        fail(error, &why);
        zip_source_free(source);
    }
    zip_error_fini(&why);
    return (good && list_names(archive, error)) || error_prefix(error, "%.300s", path);
}

static void close_archive(struct npz *npz)
{
    struct archive *archive = (struct archive *)npz;
    if (archive->zip)
        zip_discard(archive->zip);
    for (size_t i = 0; i < npz->n; i++)
        free(npz->names[i]);
    free(npz->names);
    free(archive->bytes);
    free(archive);
}

static bool open_archive(const char *path, struct npz **npz, hinge_error *error)
{
    struct archive *archive = calloc(1, sizeof *archive);
    if (!archive)
        return error_no_memory(error);
    archive->npz.module = &hinge_npz;
    if (read_archive(archive, path, error)) {
        *npz = &archive->npz;
        return true;
    }
    close_archive(&archive->npz);
    return false;
}

/* An array that is being read: size is what the archive promises, head what is there of it. */
struct member {
    zip_file_t *file;
    size_t size, head_size;
    unsigned char *head;
};

static void close_member(struct member *member)
{
    if (member->file)
        zip_fclose(member->file);
    free(member->head);
}

/* Reads as many bytes as there are; where they are too few or wrong, says so. */
static bool read_bytes(zip_file_t *file, unsigned char *bytes, size_t size, hinge_error *error)
{
    for (size_t done = 0; done < size;) {
        zip_int64_t n = zip_fread(file, bytes + done, size - done);
        if (n < 0)
            return fail(error, zip_file_get_error(file));
        if (n == 0)
            return error_set(error, HINGE_BAD_FORMAT, "it is cut short");
        done += (size_t)n;
    }
    return true;
}

static bool open_member(struct npz *npz, size_t index, struct member *member, hinge_error *error)
{
    zip_t *zip = ((struct archive *)npz)->zip;
    zip_stat_t status;
    const zip_uint64_t needed = ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE;
    *member = (struct member){0};
    if (zip_stat_index(zip, index, 0, &status) != 0)
        return fail(error, zip_get_error(zip));
    if ((status.valid & needed) != needed || status.size / MOST_OF_A_BYTE > status.comp_size)
        return error_set(error, HINGE_BAD_FORMAT, "it claims to be larger than it can be");
    member->size = status.size;
    member->head_size = member->size < HEAD_SIZE ? member->size : HEAD_SIZE;
    member->head = malloc(member->head_size + 1);
    if (!member->head)
        return error_no_memory(error);
    member->file = zip_fopen_index(zip, index, 0);
    if (!member->file)
        return fail(error, zip_get_error(zip));
    return read_bytes(member->file, member->head, member->head_size, error);
}

static bool read_header(const struct member *member, hinge_type wanted, struct npy_header *header,
                        hinge_error *error)
{
    return npy_parse_header(member->head, member->head_size, wanted, header, error) &&
           npy_check_size(header, member->size - header->size, error);
}

static bool find_header(struct npz *npz, size_t index, hinge_type wanted, struct npy_header *header,
                        hinge_error *error)
{
    struct member member;
    bool good =
        open_member(npz, index, &member, error) && read_header(&member, wanted, header, error);
    close_member(&member);
    return good || error_prefix(error, "array \"%.100s\"", npz->names[index]);
}

static bool read_elements(struct member *member, const struct npy_header *header, hinge_type wanted,
                          struct array *array, hinge_error *error)
{
    size_t size = member->size - header->size, there = member->head_size - header->size;
    unsigned char *data = malloc(size + 1);
    if (!data)
        return error_no_memory(error);
    memcpy(data, member->head + header->size, there);
    bool good = read_bytes(member->file, data + there, size - there, error);
    /* At the end the checksum is compared. */
    if (good && zip_fread(member->file, member->head, 1) != 0)
        good = fail(error, zip_file_get_error(member->file));
    good = good && npy_take(header, data, size, wanted, array, error);
    free(data);
    return good;
}

static bool read_array(struct npz *npz, size_t index, hinge_type wanted, struct array *array,
                       hinge_error *error)
{
    struct member member;
    struct npy_header header;
    *array = (struct array){0};
    bool good = open_member(npz, index, &member, error) &&
                read_header(&member, wanted, &header, error) &&
                read_elements(&member, &header, wanted, array, error);
    close_member(&member);
    return good || error_prefix(error, "array \"%.100s\"", npz->names[index]);
}

/* Writing */

/* The parts must stay as they are until the archive is closed. */
static bool add_array(zip_t *zip, const char *name, const struct npy_parts *parts,
                      hinge_error *error)
{
    char entry[1024];
    int size = snprintf(entry, sizeof entry, "%s" ENDING, name);
    if (size < 0 || (size_t)size >= sizeof entry)
        return error_set(error, HINGE_LIMIT, "the name \"%.100s…\" is too long", name);
    const zip_buffer_fragment_t fragments[] = {
        {(zip_uint8_t *)parts->header, parts->header_size},
        {(zip_uint8_t *)(uintptr_t)parts->data, parts->size}};
    zip_source_t *source = zip_source_buffer_fragment(zip, fragments, 2, 0);
    zip_int64_t at = source ? zip_file_add(zip, entry, source, ZIP_FL_ENC_UTF_8) : -1;
    if (source && at < 0)
        zip_source_free(source);
    if (at < 0 || zip_set_file_compression(zip, (zip_uint64_t)at, ZIP_CM_STORE, 0) != 0 ||
        zip_file_set_mtime(zip, (zip_uint64_t)at, 0, 0) != 0)
        return fail(error, zip_get_error(zip));
    return true;
}

static bool fill_archive(zip_source_t *target, const char *const *names,
                         const struct npy_parts *parts, size_t n, hinge_error *error)
{
    zip_error_t why;
    zip_error_init(&why);
    zip_source_keep(target);
    zip_t *zip = zip_open_from_source(target, ZIP_TRUNCATE, &why);
    if (!zip) {
        fail(error, &why);
        zip_source_free(target);
        zip_error_fini(&why);
        return false;
    }
    bool good = true;
    for (size_t i = 0; i < n && good; i++)
        good = add_array(zip, names[i], &parts[i], error);
    if (good && zip_close(zip) == 0)
        return true;
    if (good)
        good = fail(error, zip_get_error(zip));
    zip_discard(zip);
    return good;
}

/* Everything that the source holds, the caller's to free. */
static bool take_bytes(zip_source_t *source, unsigned char **bytes, size_t *size,
                       hinge_error *error)
{
    zip_stat_t status;
    if (zip_source_stat(source, &status) != 0 || zip_source_open(source) != 0)
        return fail(error, zip_source_error(source));
    *size = (status.valid & ZIP_STAT_SIZE) ? status.size : 0;
    *bytes = malloc(*size + 1);
    bool good = *bytes || error_no_memory(error);
    if (good && zip_source_read(source, *bytes, *size) != (zip_int64_t)*size)
        good = fail(error, zip_source_error(source));
    zip_source_close(source);
    return good;
}

/* The archive in memory. */
static bool make_archive(const char *const *names, const struct npy_parts *parts, size_t n,
                         unsigned char **bytes, size_t *size, hinge_error *error)
{
    zip_error_t why;
    zip_error_init(&why);
    zip_source_t *target = zip_source_buffer_create(NULL, 0, 0, &why);
    bool good = target || fail(error, &why);
    zip_error_fini(&why);
    good = good && fill_archive(target, names, parts, n, error) &&
           take_bytes(target, bytes, size, error);
    zip_source_free(target);
    return good;
}

static bool write_archive(const char *path, const char *const *names, const hinge_tensor *tensors,
                          size_t n, hinge_error *error)
{
    unsigned char *bytes = NULL;
    size_t size = 0;
    struct npy_parts *parts = calloc(n + 1, sizeof *parts);
    bool good = parts || error_no_memory(error);
    for (size_t i = 0; i < n && good; i++)
        good = npy_make(&parts[i], &tensors[i], error) ||
               error_prefix(error, "array \"%.100s\"", names[i]);
    good = (good && make_archive(names, parts, n, &bytes, &size, error)) ||
           error_prefix(error, "%.300s", path);
    good = good && file_write(path, &(struct file_part){bytes, size}, 1, error);
    free(bytes);
    for (size_t i = 0; parts && i < n; i++)
        free(parts[i].copy);
    free(parts);
    return good;
}

MODULE_EXPORT const struct npz_module hinge_npz = {MODULE_VERSION, open_archive, close_archive,
                                                   find_header,    read_array,   write_archive};
