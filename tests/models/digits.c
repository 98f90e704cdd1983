/* The digit classifiers of models/, read with the 360 digits held out from their training: as right
 * as models/README.md says, on the portable plugin and on the widest. */
#include <CUnit/Basic.h>
#include <hinge/hinge.h>
#include <stdio.h>
#include <stdlib.h>

enum { N_DIGITS = 360, N_PIXELS = 64, N_CLASSES = 10, REQUIRED = 346 /* 96 % */ };

static float pixels[N_DIGITS * N_PIXELS];
static unsigned char labels[N_DIGITS];

/* The last size bytes of a .npy file are its array. */
static int read_array(const char *path, unsigned char *bytes, size_t size)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        return 0;
    int read = !fseek(file, -(long)size, SEEK_END) && fread(bytes, 1, size, file) == size;
    fclose(file);
    return read;
}

static int read_digits(void)
{
    static unsigned char ink[N_DIGITS * N_PIXELS];
    if (!read_array(MODELS_FOLDER "digits/held_out_images.npy", ink, sizeof ink) ||
        !read_array(MODELS_FOLDER "digits/held_out_labels.npy", labels, sizeof labels))
        return 1;
    for (int i = 0; i < N_DIGITS * N_PIXELS; i++)
        pixels[i] = (float)ink[i] / 16;
    return 0;
}

static void check_probabilities(const float *probability)
{
    int n_right = 0;
    for (int digit = 0; digit < N_DIGITS; digit++) {
        const float *row = probability + digit * N_CLASSES;
        int best = 0;
        float sum = 0;
        for (int class = 0; class < N_CLASSES; class ++) {
            sum += row[class];
            best = row[class] > row[best] ? class : best;
        }
        CU_ASSERT_DOUBLE_EQUAL(sum, 1, 1e-5);
        n_right += best == labels[digit];
    }
    printf(" %d of %d right ", n_right, N_DIGITS);
    CU_ASSERT(n_right >= REQUIRED);
}

/* All digits in one batch, and then the same context with a batch of one. */
static void run_digits(hinge_context *context)
{
    static float probability[N_DIGITS * N_CLASSES];
    hinge_error error = {0};
    hinge_tensor input = hinge_tensor_over(HINGE_FLOAT, 4, (int64_t[]){N_DIGITS, 1, 8, 8}, pixels);
    hinge_tensor output =
        hinge_tensor_over(HINGE_FLOAT, 2, (int64_t[]){N_DIGITS, N_CLASSES}, probability);
    CU_ASSERT_EQUAL_FATAL(hinge_bind_output(context, 0, &output, &error), HINGE_OK);
    CU_ASSERT_EQUAL_FATAL(hinge_run(context, &input, 1, NULL, 0, NULL, &error), HINGE_OK);
    check_probabilities(probability);
    CU_ASSERT_EQUAL_FATAL(hinge_bind_output(context, 0, NULL, &error), HINGE_OK);

    hinge_tensor alone = {0};
    input.dims[0] = 1;
    CU_ASSERT_EQUAL_FATAL(hinge_run(context, &input, 1, &alone, 1, NULL, &error), HINGE_OK);
    CU_ASSERT_EQUAL_FATAL(hinge_tensor_count(&alone), N_CLASSES);
    for (int class = 0; class < N_CLASSES; class ++)
        CU_ASSERT_DOUBLE_EQUAL(((const float *)alone.data)[class], probability[class], 1e-5);
}

static void read_with(const char *activation, const char *isa)
{
    char path[512];
    hinge_options options = {.size = sizeof options, .isa = isa};
    hinge_session *session = NULL;
    hinge_context *context = NULL;
    hinge_error error = {0};
    snprintf(path, sizeof path, MODELS_FOLDER "digits_%s/model.onnx", activation);
    if (hinge_open(path, &options, &session, &error) == HINGE_OK &&
        hinge_context_create(session, &context, &error) == HINGE_OK)
        run_digits(context);
    else
        CU_FAIL("cannot be opened");
    hinge_context_destroy(context);
    hinge_close(session);
    if (error.status != HINGE_OK)
        fprintf(stderr, "%s\n", error.message);
}

#define ACTIVATIONS(X) X(relu) X(leakyrelu) X(elu) X(softplus) X(sigmoid) X(tanh)
#define TESTS(name)                                                                                \
    static void name##_on_widest(void)                                                             \
    {                                                                                              \
        read_with(#name, NULL);                                                                    \
    }                                                                                              \
    static void name##_on_scalar(void)                                                             \
    {                                                                                              \
        read_with(#name, "scalar");                                                                \
    }
ACTIVATIONS(TESTS)

static CU_TestInfo tests[] = {
#define ROWS(name) {#name ", widest", name##_on_widest}, {#name ", scalar", name##_on_scalar},
    ACTIVATIONS(ROWS) CU_TEST_INFO_NULL};

int main(void)
{
    CU_SuiteInfo suites[] = {{"digits", read_digits, NULL, NULL, NULL, tests}, CU_SUITE_INFO_NULL};
    if (CU_initialize_registry() != CUE_SUCCESS || CU_register_suites(suites) != CUE_SUCCESS)
        return EXIT_FAILURE;
    CU_basic_set_mode(CU_BRM_VERBOSE);
    CU_basic_run_tests();
    int failed = CU_get_number_of_failure_records() > 0;
    CU_cleanup_registry();
    return failed;
}
