/* The rule of Resize and Upsample: see support/cases.h. */
#include "tests/gradient/support/cases.h"

#define MODE(mode, coordinates) AS("mode", mode), AS("coordinate_transformation_mode", coordinates)
#define TO_SCALES(...) GAP, F(__VA_ARGS__)
#define TO_SIZES(...) GAP, GAP, I(__VA_ARGS__)

static const struct rule_case linear[] = {
    {.op = "Resize",
     .inputs = {N(-1, 1, 2, 3, 4, 5), TO_SCALES(1, 1, 2, 1.6F)},
     .attributes = {AS("mode", "linear")},
     .needs_rank = true},
    {.op = "Resize",
     .inputs = {N(-1, 1, 1, 2, 6, 5), TO_SIZES(1, 2, 3, 8)},
     .attributes = {MODE("linear", "align_corners")},
     .needs_rank = true},
    {.op = "Resize",
     .inputs = {N(-1, 1, 3, 5, 4), TO_SCALES(0.6F, 1.4F, 1)},
     .attributes = {MODE("linear", "asymmetric")},
     .needs_rank = true},
    {.op = "Resize",
     .inputs = {N(-1, 1, 4, 5), TO_SIZES(1, 7)},
     .attributes = {MODE("linear", "pytorch_half_pixel")},
     .needs_rank = true},
    {.op = "Resize",
     .inputs = {N(-1, 1, 4, 5), TO_SCALES(0.8F, 2.5F)},
     .attributes = {MODE("linear", "half_pixel_symmetric")},
     .needs_rank = true},
    {.op = "Resize",
     .inputs = {N(-1, 1, 2, 4, 5), TO_SCALES(0.5F, 0.4F)},
     .attributes = {AS("mode", "linear"), AI("antialias", 1), AL("axes", -2, 2)},
     .needs_rank = true},
    {.op = "Resize",
     .inputs = {N(-1, 1, 4, 3, 5), GAP, GAP, I(6, 7)},
     .attributes = {AS("mode", "linear"), AL("axes", 2, 0)},
     .needs_rank = true},
    {.op = "Resize",
     .opset = 10,
     .inputs = {N(-1, 1, 1, 4, 3), F(1, 1.5F, 3)},
     .attributes = {AS("mode", "linear")},
     .needs_rank = true},
    {.op = "Upsample",
     .opset = 9,
     .inputs = {N(-1, 1, 1, 4, 3), F(1, 2, 3)},
     .attributes = {AS("mode", "linear")},
     .needs_rank = true},
};

static const struct rule_case cubic[] = {
    {.op = "Resize",
     .inputs = {N(-1, 1, 2, 4, 5), TO_SCALES(1, 2, 0.8F)},
     .attributes = {AS("mode", "cubic"), AF("cubic_coeff_a", -0.5F)},
     .needs_rank = true},
    {.op = "Resize",
     .inputs = {N(-1, 1, 4, 5), TO_SIZES(7, 3)},
     .attributes = {MODE("cubic", "align_corners"), AI("exclude_outside", 1)},
     .needs_rank = true},
    {.op = "Resize",
     .inputs = {N(-1, 1, 6, 5), TO_SIZES(3, 4)},
     .attributes = {AS("mode", "cubic"), AI("antialias", 1)},
     .needs_rank = true},
};

/* Half of what comes out lies outside of the input. */
static const struct rule_case cropped[] = {
    {.op = "Resize",
     .inputs = {N(-1, 1, 4, 5), F(-0.5F, 0.2F, 0.75F, 1.25F), GAP, I(6, 5)},
     .attributes = {MODE("linear", "tf_crop_and_resize"), AF("extrapolation_value", 3)},
     .needs_rank = true},
    {.op = "Resize",
     .inputs = {N(-1, 1, 4, 5), F(0.25F, 1.5F), F(1.5F)},
     .attributes = {MODE("cubic", "tf_crop_and_resize"), AF("extrapolation_value", 3),
                    AL("axes", 1)},
     .needs_rank = true},
    {.op = "Resize",
     .inputs = {N(-1, 1, 4, 5), F(-0.5F, 0.2F, 0.75F, 1.25F), GAP, I(6, 5)},
     .attributes = {MODE("nearest", "tf_crop_and_resize"), AF("extrapolation_value", 3)}},
};

static const struct rule_case nearest[] = {
    {.op = "Resize", .inputs = {N(-1, 1, 2, 4, 5), TO_SCALES(1, 2, 0.6F)}},
    {.op = "Resize",
     .inputs = {N(-1, 1, 4, 5), TO_SIZES(7, 3)},
     .attributes = {MODE("nearest", "asymmetric"), AS("nearest_mode", "ceil")}},
    {.op = "Resize",
     .inputs = {N(-1, 1, 4, 5), TO_SIZES(7, 8)},
     .attributes = {MODE("nearest", "half_pixel"), AS("keep_aspect_ratio_policy", "not_larger")}},
    {.op = "Resize", .opset = 10, .inputs = {N(-1, 1, 4, 5), F(1.5F, 0.6F)}},
    {.op = "Upsample", .opset = 9, .inputs = {N(-1, 1, 4, 5), F(2, 3)}},
};

static void linear_is_differentiated(void)
{
    CHECK_ALL(linear);
}

static void cubic_is_differentiated(void)
{
    CHECK_ALL(cubic);
}

static void what_is_cropped_is_differentiated(void)
{
    CHECK_ALL(cropped);
}

static void nearest_is_differentiated(void)
{
    CHECK_ALL(nearest);
}

static void others_are_refused(void)
{
    static const struct {
        struct rule_case rule_case;
        const char *says;
    } cases[] = {
        {{.op = "Resize",
          .inputs = {N(-1, 1, 4, 5), TO_SIZES(7, 8)},
          .attributes = {AS("mode", "linear"), AS("keep_aspect_ratio_policy", "not_larger")}},
         "there is none with keep_aspect_ratio_policy"},
        {{.op = "Resize",
          .opset = 11,
          .inputs = {N(-1, 1, 4, 5), TO_SCALES(2, 2.5F)},
          .attributes = {MODE("linear", "tf_half_pixel_for_nn")}},
         "there is none with tf_half_pixel_for_nn"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        check_refused(&cases[i].rule_case, cases[i].says);
}

static void want_of_memory_is_survived(void)
{
    static const float scales[] = {1, 2.5F};
    struct model *model = begin_model(21);
    model_input(model, "x", HINGE_DOUBLE, 2, (const int64_t[]){3, 4});
    model_floats(model, "scales", 1, (const int64_t[]){2}, scales);
    model_node(model, "", "Resize", "x - scales", "a");
    model_node(model, "", "Resize", "a - scales", "b");
    model_attribute_string(model, "mode", "cubic");
    model_node(model, "", "LRN", "b", "y");
    model_attribute_int(model, "size", 3);
    add_gradient(model, "x", NULL, "y", "x", "dx");
    model_output(model, "dx", HINGE_DOUBLE, -1, NULL);
    check_allocation_failures(model);
    model_destroy(model);
}

int main(void)
{
    return run_tests("gradients of Resize",
                     (CU_TestInfo[]){{"linear", linear_is_differentiated},
                                     {"cubic", cubic_is_differentiated},
                                     {"cropped", what_is_cropped_is_differentiated},
                                     {"nearest", nearest_is_differentiated},
                                     {"others", others_are_refused},
                                     {"want of memory", want_of_memory_is_survived},
                                     CU_TEST_INFO_NULL});
}
