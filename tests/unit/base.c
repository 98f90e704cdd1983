/* base/: messages that grow at the front, sizes that do not fit, the arena. */
#include "base/budget.h"
#include "base/memory.h"
#include "base/status.h"

#include "tests/support/main.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void messages(void)
{
    hinge_error error;
    CU_ASSERT_EQUAL(status_fail(&error, HINGE_BAD_SHAPE, "%d is not %d", 1, 2), HINGE_BAD_SHAPE);
    status_prefix(&error, "node \"%s\"", "conv");
    status_prefix(&error, "model.onnx");
    CU_ASSERT_STRING_EQUAL(error.message, "model.onnx: node \"conv\": 1 is not 2");
    CU_ASSERT_EQUAL(error.status, HINGE_BAD_SHAPE);
    CU_ASSERT_EQUAL(status_fail(NULL, HINGE_IO, "lost"), HINGE_IO);
    status_prefix(NULL, "lost");
}

static void long_messages_are_cut(void)
{
    hinge_error error;
    char text[2000];
    memset(text, 'a', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    status_fail(&error, HINGE_IO, "%s", text);
    CU_ASSERT_EQUAL(strlen(error.message), sizeof error.message - 1);
    status_prefix(&error, "front");
    CU_ASSERT_EQUAL(strncmp(error.message, "front: aaa", 10), 0);
    CU_ASSERT_EQUAL(strlen(error.message), sizeof error.message - 1);
    status_prefix(&error, "%s", text);
    CU_ASSERT_EQUAL(strncmp(error.message, "front: aaa", 10), 0);
    status_fail(&error, HINGE_IO, "reason");
    status_prefix_path(&error, text);
    CU_ASSERT_EQUAL(strncmp(error.message, "\"aaa", 4), 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "a\": reason"));
}

static void every_status_and_type_has_a_text(void)
{
    for (int s = HINGE_OK; s <= HINGE_NEEDS_DATA; s++)
        CU_ASSERT_STRING_NOT_EQUAL(hinge_status_text((hinge_status)s), "unknown status");
    for (int t = 1; t < HINGE_N_TYPES; t++)
        CU_ASSERT_STRING_NOT_EQUAL(hinge_type_text((hinge_type)t), "unknown type");
    CU_ASSERT_STRING_EQUAL(hinge_type_text((hinge_type)999), "unknown type");
}

static void types_of_every_kind_have_a_text(void)
{
    const uint64_t sequence = HINGE_SEQUENCE, optional = HINGE_OPTIONAL, map = HINGE_MAP;
    const struct {
        hinge_type_code code;
        const char *text;
    } cases[] = {
        {0, "?"},
        {HINGE_FLOAT, "tensor(float)"},
        {999, "tensor(unknown type)"},
        {HINGE_SPARSE | HINGE_DOUBLE << 8, "sparse_tensor(double)"},
        {HINGE_SPARSE, "sparse_tensor(?)"},
        {sequence, "seq(?)"},
        {sequence | HINGE_INT64 << 8, "seq(tensor(int64))"},
        {optional | sequence << 8 | HINGE_STRING << 16, "optional(seq(tensor(string)))"},
        {sequence | map << 8 | HINGE_INT64 << 16 | (uint64_t)HINGE_FLOAT << 24,
         "seq(map(int64, tensor(float)))"},
        {map, "map(?, ?)"},
        {map | map << 16 | map << 32 | map << 48, "map(?, map(?, map(?, map(?, ?))))"},
        {UINT64_C(0x4242424242424242),
         "optional(optional(optional(optional(optional(optional(optional(optional(?))))))))"},
    };
    char text[HINGE_TYPE_CODE_TEXT];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        CU_ASSERT_STRING_EQUAL(hinge_type_code_text(cases[i].code, text, sizeof text),
                               cases[i].text);
    CU_ASSERT_STRING_EQUAL(hinge_type_code_text(HINGE_FLOAT, text, 7), "tensor");
    CU_ASSERT_STRING_EQUAL(hinge_type_code_text(HINGE_FLOAT, text, 1), "");
    text[0] = 'x';
    (void)hinge_type_code_text(HINGE_FLOAT, text, 0);
    CU_ASSERT_EQUAL(text[0], 'x');
}

static void sizes_that_do_not_fit(void)
{
    size_t size;
    CU_ASSERT_FALSE(memory_multiply(SIZE_MAX / 2, 3, &size));
    CU_ASSERT_TRUE(memory_multiply(SIZE_MAX / 2, 2, &size));
    CU_ASSERT_FALSE(memory_add(SIZE_MAX, 1, &size));
    hinge_allocator allocator = memory_allocator(NULL);
    struct arena arena = {&allocator, NULL};
    CU_ASSERT_PTR_NULL(arena_array(&arena, SIZE_MAX / 4, 8));
    CU_ASSERT_PTR_NULL(arena_alloc(&arena, SIZE_MAX - 3));
    CU_ASSERT_PTR_NULL(arena_string(&arena, "", SIZE_MAX));
    arena_free(&arena);
    hinge_tensor tensor = {HINGE_FLOAT, 2, {INT64_MAX, 4}, NULL};
    CU_ASSERT_EQUAL(hinge_tensor_size(&tensor), -1);
    CU_ASSERT_EQUAL(hinge_tensor_count(&tensor), -1);
    tensor = (hinge_tensor){HINGE_FLOAT, 2, {INT64_C(1) << 40, 0}, NULL};
    CU_ASSERT_EQUAL(hinge_tensor_size(&tensor), 0);
    tensor = (hinge_tensor){HINGE_FLOAT, 3, {INT64_C(1) << 40, 0, INT64_C(1) << 40}, NULL};
    CU_ASSERT_EQUAL(hinge_tensor_size(&tensor), -1);
    tensor = (hinge_tensor){HINGE_UINT4, 1, {5}, NULL};
    CU_ASSERT_EQUAL(hinge_tensor_size(&tensor), 3);
    tensor.dims[0] = -1;
    CU_ASSERT_EQUAL(hinge_tensor_size(&tensor), -1);
}

static void arena_objects_keep_apart(void)
{
    hinge_allocator allocator = memory_allocator(NULL);
    struct arena arena = {&allocator, NULL}, other = {&allocator, NULL};
    unsigned char *objects[300];
    for (size_t i = 0; i < 300; i++) {
        objects[i] = arena_alloc(i % 3 ? &arena : &other, i * 7);
        CU_ASSERT_PTR_NOT_NULL_FATAL(objects[i]);
        CU_ASSERT_EQUAL((uintptr_t)objects[i] % 16, 0);
        for (size_t k = 0; k < i * 7; k++)
            CU_ASSERT_EQUAL_FATAL(objects[i][k], 0);
        memset(objects[i], (int)i, i * 7);
    }
    arena_adopt(&arena, &other);
    CU_ASSERT_PTR_NULL(other.blocks);
    size_t n_wrong = 0;
    for (size_t i = 0; i < 300; i++)
        for (size_t k = 0; k < i * 7; k++)
            n_wrong += objects[i][k] != (unsigned char)i;
    CU_ASSERT_EQUAL(n_wrong, 0);
    CU_ASSERT_STRING_EQUAL(arena_format(&arena, "%s-%d", "node", 7), "node-7");
    arena_free(&arena);
}

static void growing_keeps_what_is_there(void)
{
    hinge_allocator allocator = memory_allocator(NULL);
    int *numbers = NULL;
    size_t capacity = 0;
    for (size_t n = 0; n < 1000; n++) {
        CU_ASSERT_TRUE_FATAL(
            memory_grow(&allocator, (void **)&numbers, &capacity, n, sizeof *numbers));
        numbers[n] = (int)n;
    }
    for (int n = 0; n < 1000; n++)
        CU_ASSERT_EQUAL(numbers[n], n);
    memory_free(&allocator, numbers);
}

/* The flags that the system has for the mapping of an address, or an empty string. */
static void flags_of(const void *address, char flags[256])
{
    FILE *maps = fopen("/proc/self/smaps", "r");
    char line[512];
    bool inside = false;
    flags[0] = '\0';
    while (maps && fgets(line, sizeof line, maps)) {
        uintptr_t begin, end;
        if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " ", &begin, &end) == 2)
            inside = (uintptr_t)address >= begin && (uintptr_t)address < end;
        else if (inside && strncmp(line, "VmFlags:", 8) == 0)
            snprintf(flags, 256, "%.255s", line);
    }
    if (maps)
        fclose(maps);
}

/* Where the system has huge pages, large blocks ask for them. */
static void large_blocks_may_be_huge(void)
{
    hinge_allocator allocator = memory_allocator(NULL);
    char large[256], small[256];
    void *blocks[] = {memory_alloc(&allocator, (size_t)8 << 20),
                      memory_alloc(&allocator, (size_t)1 << 20)};
    CU_ASSERT_PTR_NOT_NULL_FATAL(blocks[0]);
    CU_ASSERT_PTR_NOT_NULL_FATAL(blocks[1]);
    flags_of(blocks[0], large);
    flags_of(blocks[1], small);
#if !defined(__SANITIZE_ADDRESS__)
    if (access("/sys/kernel/mm/transparent_hugepage", F_OK) == 0)
        CU_ASSERT_PTR_NOT_NULL(strstr(large, " hg"));
#endif
    CU_ASSERT_PTR_NULL(strstr(small, " hg"));
    memory_free(&allocator, blocks[0]);
    memory_free(&allocator, blocks[1]);
}

static void budgets_are_never_overdrawn(void)
{
    struct budget budget;
    budget_start(&budget, 10);
    CU_ASSERT_FALSE(budget_take(&budget, 11));
    CU_ASSERT_TRUE(budget_take(&budget, 7));
    CU_ASSERT_FALSE(budget_take(&budget, 4));
    CU_ASSERT_FALSE(budget_take(&budget, SIZE_MAX));
    CU_ASSERT_EQUAL(budget_left(&budget), 3);
    budget_add(&budget, 7);
    CU_ASSERT_TRUE(budget_take(&budget, 10));
    CU_ASSERT_TRUE(budget_take(&budget, 0));
    budget_add(&budget, SIZE_MAX);
    budget_add(&budget, SIZE_MAX);
    CU_ASSERT_EQUAL(budget_left(&budget), SIZE_MAX);
    CU_ASSERT_EQUAL(budget_for_file(SIZE_MAX), SIZE_MAX);
    CU_ASSERT(budget_for_file(1 << 20) > budget_for_file(0));
}

int main(void)
{
    static CU_TestInfo tests[] = {
        {"messages", messages},
        {"long messages are cut", long_messages_are_cut},
        {"every status and type has a text", every_status_and_type_has_a_text},
        {"types of every kind have a text", types_of_every_kind_have_a_text},
        {"large blocks may be huge", large_blocks_may_be_huge},
        {"budgets are never overdrawn", budgets_are_never_overdrawn},
        {"sizes that do not fit", sizes_that_do_not_fit},
        {"arena objects keep apart", arena_objects_keep_apart},
        {"growing keeps what is there", growing_keeps_what_is_there},
        CU_TEST_INFO_NULL};
    return run_tests("base", tests);
}
