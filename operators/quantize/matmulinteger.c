/* MatMulInteger-10: sums of products modulo 2^32. A zero point is one number, one for each row of A
 * (column of B), or one for each of every matrix of that input. A constant B of one matrix is
 * packed once, and its original given up. */
#include "operators/quantize/matmul8.h"

enum { A, B, A_ZERO, B_ZERO };

static hinge_status read_operands(const struct hinge_node *node, struct matmul8 *m)
{
    *m = (struct matmul8){.a = node->inputs[A],
                          .b = node->inputs[B],
                          .a_zero = op_input(node, A_ZERO),
                          .b_zero = op_input(node, B_ZERO)};
    return matmul8_read(node, m, true);
}

static hinge_status init(struct hinge_node *node)
{
    return matmul8_init(node, B, false);
}

static hinge_status infer(const struct hinge_node *node)
{
    struct matmul8 m;
    hinge_status status = read_operands(node, &m);
    return status ? status : batch_infer(node, m.a, m.b);
}

static hinge_status prepare(struct hinge_node *node, size_t *scratch)
{
    struct matmul8 m;
    hinge_status status = read_operands(node, &m);
    if (status || hinge_count(node->outputs[0]) == 0)
        return status;
    *scratch = matmul8_scratch(node, &m, false);
    return HINGE_OK;
}

static hinge_status run(const struct hinge_node *node)
{
    struct matmul8 m;
    hinge_status status = read_operands(node, &m);
    if (status || hinge_count(node->outputs[0]) == 0)
        return status;
    struct gemm_int8_call call = matmul8_call(node, &m);
    call.c = node->outputs[0]->data;
    matmul8_offsets(&m, &call, node->scratch);
    gemm_int8_run(&call);
    return HINGE_OK;
}

const struct hinge_op op_matmulinteger[] = {
    {.name = "MatMulInteger",
     .since = 10,
     .signature = "(A: T1, B: T2, a_zero_point?: T1, b_zero_point?: T2) -> (Y: int32); "
                  "T1: int8 uint8; T2: int8 uint8",
     .init = init,
     .infer = infer,
     .prepare = prepare,
     .kernels = HINGE_KERNELS({HINGE_INT8, run}, {HINGE_UINT8, run})},
    OP_END,
};
