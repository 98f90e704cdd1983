/* hinge batch: a model run on every record of a pile; see batch/job.h for what a job is. */
#include "batch/reader.h"
#include "batch/report.h"
#include "batch/runner.h"
#include "batch/writer.h"
#include "commands.h"
#include "files/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct batch_options {
    struct model_options model;
    struct input_options inputs; /* only their files, and how pictures are read */
    const char *output;
    size_t shard, batch, readers;
    size_t part, n_parts;
    uint64_t max_errors;
    bool separate, renew;
};

enum { KEY_INPUT = 'i', KEY_OUTPUT = 'o', KEY_BATCH = 'b' };
enum {
    KEY_SHARD = 0x100,
    KEY_SEPARATE,
    KEY_PART,
    KEY_MAX_ERRORS,
    KEY_RENEW,
    KEY_READERS,
    KEY_IMAGE
};

static const struct argp_option own_options[] = {
    {"input", KEY_INPUT, "NAME=SOURCE", 0, "where the records of an input come from", 1},
    {"image", KEY_IMAGE, "NAME=SOURCE", 0, "as --input, whose files may be pictures too", 1},
    {"output", KEY_OUTPUT, "FOLDER", 0, "where shards go; made where it is missing", 1},
    {"batch", KEY_BATCH, "N", 0,
     "run up to N records at once, joined along a first dimension without a size (default: 1)", 2},
    {"shard", KEY_SHARD, "N", 0, "records of a shard (default: 256)", 2},
    {"separate", KEY_SEPARATE, NULL, 0,
     "write what comes out of a record to files of its own, in a folder with its number: for "
     "outputs whose shapes differ from record to record",
     2},
    {"readers", KEY_READERS, "N", 0, "threads that read ahead (default: 2)", 2},
    {"max-errors", KEY_MAX_ERRORS, "N", 0,
     "give up when more than N records have failed (default: go on)", 3},
    {"renew", KEY_RENEW, NULL, 0,
     "make shards again whose inputs have changed since, or in which records failed", 3},
    {"part", KEY_PART, "I/N", 0, "only every N-th shard, from the I-th on", 3},
    {0},
};

static void parse_part(struct batch_options *options, char *argument, struct argp_state *state)
{
    char *slash = strchr(argument, '/');
    if (!slash)
        argp_error(state, "--part wants I/N, like 1/8, not \"%s\"", argument);
    *slash = '\0';
    options->n_parts = options_number(slash + 1, 1, 1000000, "part I/N", state);
    options->part = options_number(argument, 1, options->n_parts, "part", state) - 1;
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct batch_options *options = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &options->model;
        state->child_inputs[1] = &options->inputs.picture;
        return 0;
    case KEY_INPUT:
    case KEY_IMAGE:
        options_add_pair(&options->inputs.files, argument, strchr,
                         key == KEY_IMAGE ? "image" : "input", state);
        return 0;
    case KEY_OUTPUT: options->output = file_trim_folder(argument); return 0;
    case KEY_BATCH: options->batch = options_number(argument, 1, 65536, "batch", state); return 0;
    case KEY_SHARD: options->shard = options_number(argument, 1, 1000000, "shard", state); return 0;
    case KEY_READERS:
        options->readers = options_number(argument, 1, 256, "readers", state);
        return 0;
    case KEY_MAX_ERRORS:
        options->max_errors = options_number(argument, 0, INT64_MAX, "max-errors", state);
        return 0;
    case KEY_SEPARATE: options->separate = true; return 0;
    case KEY_RENEW: options->renew = true; return 0;
    case KEY_PART: parse_part(options, argument, state); return 0;
    case ARGP_KEY_END:
        if (!options->output)
            argp_error(state, "where to? --output FOLDER");
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

/* Makes one shard after the other out of what the reader reads. */
static bool make_shards(struct reader *reader, struct runner *runner, struct writer *writer,
                        struct report *report, hinge_error *error)
{
    struct shard shard = {0};
    struct records *records = NULL;
    bool ok;
    while ((ok = reader_take(reader, &records, error)) && records) {
        ok = (shard.job || shard_begin(&shard, runner->job, writer->work, records->shard, error)) &&
             runner_run(runner, records, &shard, error);
        bool is_last = records->is_last;
        report_records(report, records->n);
        reader_release(reader, records);
        if (ok && is_last) {
            report_shard(report, job_size(runner->job, shard.number), shard.failures.n);
            ok = writer_give(writer, &shard, error);
        }
        if (!ok)
            break;
    }
    shard_free(&shard);
    return ok;
}

static bool work_at(const struct job *job, const struct plan *plan, struct team *team,
                    const struct batch_options *options, struct report *report, hinge_error *error)
{
    struct work work;
    struct reader reader;
    struct writer writer;
    struct runner runner = {.job = job,
                            .team = team,
                            .max_failed = options->max_errors,
                            .on_failure = report_failure,
                            .user = report};
    if (!work_open(&work, job->folder, error))
        return false;
    bool ok = runner_open(&runner, error) &&
              reader_start(&reader, job, plan, team, options->readers, error);
    if (ok) {
        ok = writer_start(&writer, &work, options->renew, error);
        if (ok) {
            hinge_error late;
            ok = make_shards(&reader, &runner, &writer, report, error);
            if (!writer_stop(&writer, &late) && ok) {
                *error = late;
                ok = false;
            }
        }
        reader_stop(&reader);
    }
    runner_close(&runner);
    work_close(&work);
    return ok;
}

/* Rank 0 finds out for all; where it cannot, the team ends. */
static bool prepare(struct job *job, struct plan *plan, struct team *team, bool renew,
                    hinge_error *error)
{
    int64_t total;
    return (team->rank > 0 ||
            (job_claim(job, error) && plan_make(plan, job, team, renew, error) &&
             team_add(team, TEAM_FAILED, (int64_t)plan->n_failed, &total, error))) &&
           team_share(team, job->model_hash, sizeof job->model_hash, error) &&
           plan_share(plan, job, team, error);
}

static bool run(const struct batch_options *options, struct team *team,
                const hinge_session *session, bool *any_failed, hinge_error *error)
{
    struct job job = {.session = session,
                      .model = &options->model,
                      .inputs = &options->inputs,
                      .shard_size = options->shard,
                      .batch = options->batch,
                      .separate = options->separate,
                      .folder = options->output};
    struct plan plan = {0};
    struct report report = {0};
    bool ok = job_open(&job, error) && prepare(&job, &plan, team, options->renew, error);
    if (ok) {
        report_begin(&report, &job, &plan);
        ok = work_at(&job, &plan, team, options, &report, error);
        progress_hide(&report.progress);
        ok = ok && report_end(&report, team, options->model.common.json, any_failed, error);
    }
    plan_free(&plan);
    job_close(&job);
    return ok;
}

static int run_options(struct batch_options *options)
{
    struct team team;
    hinge_session *session = NULL;
    hinge_error error;
    bool any_failed = false;
    if (!team_open(&team, options->part, options->n_parts, &error))
        return error_fail(&error);
    bool ok = options_open(&options->model, &options->inputs, &session, &error) &&
              inputs_check_names(session, &options->inputs, &error) &&
              run(options, &team, session, &any_failed, &error);
    if (!ok)
        error_fail(&error);
    hinge_close(session);
    team_close(&team, ok);
    return ok && !any_failed ? 0 : 1;
}

int command_batch(int argc, char **argv)
{
    static const struct argp_child children[] = {
        {&options_model_argp, 0, NULL, 0}, {&options_picture_argp, 0, NULL, 0}, {0}};
    static const struct argp argp = {
        own_options,
        parse,
        NULL,
        "Runs a model on every record of a pile, and writes shards: folders with a file NAME.npy "
        "for each output, whose rows are the records that did not fail, in their order and without "
        "a first dimension of 1; and manifest.json, which says what the shard was made from and "
        "which records failed, and why. Started again it goes on where it was."
        "\v" SOURCE_HELP "\n\n"
        "A shard appears when it is whole. Killed at any moment, a process loses the shard it had "
        "in hand, the one before where that was being written, and nothing else. Another model, "
        "version of Hinge or set of inputs is refused in "
        "a folder that was begun. The exit status is 1 where a record failed.\n\n"
        "On many machines that share the folder: under mpirun, ranks take the next shard from one "
        "counter, slow ones fewer. As parts of their own, by GNU parallel or a job array of "
        "Slurm:\n"
        "  mpirun -n 4 hinge batch MODEL.onnx -i x=images -o results --threads 1\n"
        "  parallel hinge batch MODEL.onnx -i x=images -o results --part {}/8 ::: 1 2 3 4 5 6 7 8\n"
        "  sbatch --array=1-8 --wrap 'hinge batch MODEL.onnx -i x=images -o results "
        "--part $SLURM_ARRAY_TASK_ID/8'\n"
        "The bytes are the same however many there are.",
        children,
        NULL,
        NULL};
    struct batch_options options = {
        .shard = 256, .batch = 1, .readers = 2, .max_errors = UINT64_MAX};
    /* A line at a time: others of the team may write to the same terminal. */
    setvbuf(stderr, NULL, _IOLBF, BUFSIZ);
    if (!options_parse(&argp, argc, argv, 0, &options))
        return 1;
    int status = run_options(&options);
    options_free_model(&options.model);
    options_free_input(&options.inputs);
    return status;
}
