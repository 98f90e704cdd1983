#include "base/budget.h"

#include "base/memory.h"

/* What small models may do without being asked (networks whose weights are a few bytes, made by
 * ConstantOfShape, are common in tests), and how much larger than its file a model's
 * constants can get: sparse weights of which one in fifty is not zero take about a twentieth. */
#define BASE_SIZE ((size_t)1 << 30)
#define TIMES_FILE 16

size_t budget_for_file(size_t file_size)
{
    size_t size;
    bool fits = memory_multiply(file_size, TIMES_FILE, &size) && memory_add(size, BASE_SIZE, &size);
    return fits ? size : SIZE_MAX;
}

void budget_start(struct budget *budget, size_t size)
{
    atomic_init(&budget->left, size);
}

bool budget_take(struct budget *budget, size_t size)
{
    size_t left = atomic_load(&budget->left);
    while (size <= left)
        if (atomic_compare_exchange_weak(&budget->left, &left, left - size))
            return true;
    return false;
}

void budget_add(struct budget *budget, size_t size)
{
    size_t left = atomic_load(&budget->left), more;
    do {
        if (!memory_add(left, size, &more))
            more = SIZE_MAX;
    } while (!atomic_compare_exchange_weak(&budget->left, &left, more));
}

size_t budget_left(struct budget *budget)
{
    return atomic_load(&budget->left);
}
