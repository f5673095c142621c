/* SPDX-License-Identifier: Apache-2.0 */
/* The agent's loop: a line, its work, its answers. A request that cannot be served is answered with an error, and the
 * next one is read. */
#include <signal.h>
#include <unistd.h>

#include "tuner/agent/lines.h"
#include "tuner/agent/lock.h"
#include "tuner/agent/measure.h"
#include "tuner/agent/wire.h"

typedef struct Serving {
    Context *context; /* of the request under way */
    Workplace workplace;
    LineReader reader;
    int out;
    bool is_ended;
    bool is_broken; /* nobody reads the answers */
} Serving;

static Status answer(Serving *serving, const WireReply *reply) {
    Status status = lines_write(serving->context, serving->out, wire_print_reply(serving->context, reply));
    if (status == STATUS_IO) serving->is_broken = true;
    return status;
}

static Status answer_measurement(void *data, size_t index, const Measurement *measurement) {
    return answer(data, &(WireReply){.kind = WIRE_MEASUREMENT, .index = index, .measurement = *measurement});
}

static Status answer_built(void *data, size_t index, const Trial *trial) {
    return answer(
        data,
        &(WireReply){.kind = WIRE_BUILT, .index = index, .measurement = trial->measurement, .object = trial->object});
}

static Status serve_calibration(Serving *serving, const char *name, int threads) {
    Context *context = serving->context;
    Workplace *workplace = &serving->workplace;
    const Target *target;
    const char *missing;
    TRY(target_find(context, name, &target));
    if (!target_runs_here(target, &missing))
        return diag_error(context, STATUS_UNSUPPORTED, "this machine cannot run %s: it lacks %s", name, missing);
    if (threads > workplace->info.threads)
        return diag_error(context, STATUS_UNSUPPORTED, "peaks of %d threads, where this agent runs at most %d", threads,
                          workplace->info.threads);
    if (workplace->info.emulated) return answer(serving, &(WireReply){.kind = WIRE_PEAKS, .peaks = peaks_unknown()});
    if (!lock_take(workplace->lock, true, workplace->limits.control)) return STATUS_OK;
    Status status = calibrate(context, workplace, target, threads, true);
    lock_leave(workplace->lock);
    TRY(status);
    return answer(serving, &(WireReply){.kind = WIRE_PEAKS, .peaks = workplace->peaks});
}

static Status serve_request(Serving *serving, const char *line) {
    WireRequest request;
    TRY(wire_read_request(serving->context, line, &request));
    if (request.kind == WIRE_CALIBRATE) return serve_calibration(serving, request.target, request.threads);
    if (request.kind == WIRE_BUILD)
        return build_batch(serving->context, &serving->workplace, request.batch, request.count, &request.options,
                           answer_built, serving);
    return measure_batch(serving->context, &serving->workplace, request.batch, request.count, &request.options,
                         answer_measurement, serving);
}

static Status serve_line(void *data) {
    Serving *serving = data;
    const char *line;
    TRY(lines_read(serving->context, &serving->reader, &line));
    serving->is_ended = line == NULL;
    return line != NULL ? serve_request(serving, line) : STATUS_OK;
}

static Status greet(void *data) {
    Serving *serving = data;
    return answer(serving, &(WireReply){.kind = WIRE_HELLO, .info = serving->workplace.info});
}

static Status finish(void *data) {
    return answer(data, &(WireReply){.kind = WIRE_DONE});
}

static Status complain(void *data) {
    Serving *serving = data;
    const char *message = arena_string(serving->context, diag_message(serving->context));
    return answer(serving, &(WireReply){.kind = WIRE_ERROR, .text = message, .status = diag_status(serving->context)});
}

/* One request, in memory of its own. */
static Status serve_once(Serving *serving, Context *context) {
    TRY(context_new_beside(context, &serving->context));
    Status status = context_run(serving->context, serve_line, serving);
    if (!serving->is_ended && !serving->is_broken)
        context_run(serving->context, status == STATUS_OK ? finish : complain, serving);
    context_free(serving->context);
    return STATUS_OK;
}

static Status serve_all(Serving *serving, Context *context, const ChildLimits *limits, Builder *build) {
    TRY(workplace_new(context, limits, build, &serving->workplace));
    serving->context = context;
    TRY(context_run(context, greet, serving));
    while (!serving->is_ended && !serving->is_broken) TRY(serve_once(serving, context));
    return STATUS_OK;
}

/* Whoever presses Ctrl-C means the session, which then goes. That nobody reads the answers any more ends what is under
 * way; writing them is then an error and no signal. */
Status serve(Context *context, Builder *build, int in, int out) {
    Serving serving = {.reader = lines_new(context_allocator(context), in), .out = out, .workplace = {.lock = -1}};
    ChildLimits limits = {.control = out, .closed = {in, out, -1}};
    signal(SIGINT, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    child_adopt_orphans();
    Status status = serve_all(&serving, context, &limits, build);
    workplace_free(&serving.workplace);
    lines_free(&serving.reader);
    return status;
}
