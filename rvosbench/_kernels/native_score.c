/* The part of the module that scores: ground truth as an object, and batches of predictions. */
#include <stdlib.h>

#include "module.h"
#include "rle.h"

static void truth_dealloc(PyObject *self) {
    PyTypeObject *type = Py_TYPE(self);
    freefunc release = PyType_GetSlot(type, Py_tp_free);
    truth_free(&((struct truth_object *)self)->truth);
    release(self);
    Py_DECREF(type);
}

static PyObject *truth_area(PyObject *self, void *Py_UNUSED(closure)) {
    return PyLong_FromUnsignedLongLong(((struct truth_object *)self)->truth.area);
}

static PyGetSetDef truth_attributes[] = {
    {"area", truth_area, NULL, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot truth_slots[] = {
    {Py_tp_dealloc, truth_dealloc},
    {Py_tp_getset, truth_attributes},
    {0, NULL},
};

PyType_Spec truth_spec = {
    .name = "rvosbench._kernels.native.Truth",
    .basicsize = sizeof(struct truth_object),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = truth_slots,
};

int check_spans(const Py_buffer *buffer, struct disk *disk) {
    const struct span *spans = buffer->buf;
    size_t number = (size_t)buffer->len / sizeof *spans, reach = 0;
    int good = number * sizeof *spans == (size_t)buffer->len && (uintptr_t)spans % sizeof(int32_t) == 0;
    int is_around = 1;
    for (size_t i = 0; good && i < number; i++) {
        const struct span *span = &spans[i];
        is_around &= span->first <= 0 && span->last >= 0;
        good = span->first <= span->last && (!i || (span->first <= span[-1].first && span->last >= span[-1].last));
        const int64_t offsets[] = {span->row, -(int64_t)span->row, -(int64_t)span->first, span->last};
        for (int k = 0; good && k < 4; k++) {
            if (offsets[k] > (int64_t)reach) reach = (size_t)offsets[k];
            good = offsets[k] <= MAX_SIDE && -offsets[k] <= MAX_SIDE;
        }
    }
    if (!good) PyErr_SetString(PyExc_ValueError, "the spans are not those of a disk, narrowest first");
    *disk = (struct disk){.number = number, .spans = spans, .reach = reach, .is_around = is_around};
    return good;
}

PyObject *native_prepare(PyObject *module, PyObject *arguments) {
    struct state *state = PyModule_GetState(module);
    Py_buffer plane, spans, void_ = {0};
    Py_ssize_t height, width;
    struct disk disk;
    struct truth_object *result = NULL;
    if (!PyArg_ParseTuple(arguments, "y*nny*|z*", &plane, &height, &width, &spans, &void_)) return NULL;
    const size_t length = plane_words(height, width) * sizeof(word);
    if (check_size(height, width) && check_length(&plane, length) && (!void_.buf || check_length(&void_, length)) &&
        check_spans(&spans, &disk)) {
        allocfunc allocate = PyType_GetSlot(state->truth_type, Py_tp_alloc);
        result = (struct truth_object *)allocate(state->truth_type, 0);
    }
    if (result) {
        int done;
        Py_BEGIN_ALLOW_THREADS
        done = truth_prepare(&result->truth, plane.buf, (size_t)height, (size_t)width, &disk, void_.buf);
        Py_END_ALLOW_THREADS
        if (!done) {
            Py_CLEAR(result);
            PyErr_NoMemory();
        }
    }
    PyBuffer_Release(&plane);
    PyBuffer_Release(&spans);
    if (void_.obj) PyBuffer_Release(&void_);
    return (PyObject *)result;
}

/* The record of one frame; `FRAME` in planes.py is its layout. */
struct frame {
    double j, f;
    int64_t intersection, union_, area;
    uint32_t facts;
    int32_t reason;
};

/* One prediction of a batch: where it comes from, and the plane that it becomes. */
struct job {
    const struct truth *truth;
    Py_buffer source;
    word *plane;
};

enum form { FROM_PNG, FROM_COUNTS, FROM_PLANE };

static void run(const struct job *job, enum form form, struct worker *worker, struct frame *frame) {
    const struct truth *truth = job->truth;
    const word *plane = form == FROM_PLANE ? job->source.buf : job->plane;
    struct score score = {0};
    enum reason reason = ACCEPTED;
    if (form == FROM_PNG)
        reason = png_read_plane(job->source.buf, (size_t)job->source.len, truth->height, truth->width,
                                &worker->scratch, job->plane, &frame->facts);
    else if (form == FROM_COUNTS)
        reason = rle_read_plane(job->source.buf, (size_t)job->source.len, truth->height, truth->width, job->plane);
    if (!reason && !truth_score(truth, plane, &worker->score, &score)) reason = NO_MEMORY;
    frame->reason = reason;
    frame->j = score.j;
    frame->f = score.f;
    frame->intersection = (int64_t)score.intersection;
    frame->union_ = (int64_t)score.union_;
    frame->area = (int64_t)score.area;
}

/* Returns 0 with an exception if an argument does not fit. */
static int fill_job(struct state *state, struct job *job, PyObject *truth, PyObject *source, enum form form) {
    if (Py_TYPE(truth) != state->truth_type) {
        PyErr_SetString(PyExc_TypeError, "ground truth that `prepare` did not make");
        return 0;
    }
    job->truth = &((struct truth_object *)truth)->truth;
    if (PyObject_GetBuffer(source, &job->source, PyBUF_SIMPLE)) return 0;
    const size_t words = plane_words((Py_ssize_t)job->truth->height, (Py_ssize_t)job->truth->width);
    return form != FROM_PLANE || check_length(&job->source, words * sizeof(word));
}

PyObject *native_score(PyObject *module, PyObject *arguments) {
    struct state *state = PyModule_GetState(module);
    PyObject *truth, *plane, *result = NULL;
    struct job job = {0};
    struct frame frame = {0};
    if (!PyArg_ParseTuple(arguments, "OO", &truth, &plane)) return NULL;
    if (fill_job(state, &job, truth, plane, FROM_PLANE)) {
        struct worker *worker = worker_take(state);
        if (worker) {
            Py_BEGIN_ALLOW_THREADS
            run(&job, FROM_PLANE, worker, &frame);
            Py_END_ALLOW_THREADS
            worker_give_back(state, worker);
            result = frame.reason ? refuse(state, (enum reason)frame.reason) : Py_BuildValue("(dd)", frame.j, frame.f);
        }
    }
    if (job.source.obj) PyBuffer_Release(&job.source);
    return result;
}

/* Fills all jobs, and gives each its plane: one of its own in `planes`, or the one that `shared` needs room for. */
static int fill_jobs(struct state *state, struct job *jobs, PyObject *truths, PyObject *sources, enum form form,
                     PyObject *planes, size_t *shared) {
    const Py_ssize_t number = PyList_Size(truths);
    for (Py_ssize_t i = 0; i < number; i++) {
        struct job *job = &jobs[i];
        if (!fill_job(state, job, PyList_GetItem(truths, i), PyList_GetItem(sources, i), form)) return 0;
        size_t size = plane_words((Py_ssize_t)job->truth->height, (Py_ssize_t)job->truth->width) * sizeof(word);
        if (size > *shared) *shared = size;
        if (!planes) continue;
        PyObject *plane = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)size);
        if (!plane) return 0;
        job->plane = (word *)PyBytes_AsString(plane);
        if (PyList_SetItem(planes, i, plane)) return 0;
    }
    return 1;
}

/* Runs all jobs without the interpreter lock. Returns 0 if memory ran out. */
static int run_jobs(struct job *jobs, Py_ssize_t number, enum form form, size_t shared, struct worker *worker,
                    struct frame *frames) {
    int done = 1;
    Py_BEGIN_ALLOW_THREADS
    word *plane = form == FROM_PLANE || !number || jobs[0].plane ? NULL : malloc(shared);
    for (Py_ssize_t i = 0; done && i < number; i++) {
        if (!jobs[i].plane) jobs[i].plane = plane;
        done = form == FROM_PLANE || jobs[i].plane;
        if (done) run(&jobs[i], form, worker, &frames[i]);
        done = done && frames[i].reason != NO_MEMORY;
    }
    free(plane);
    Py_END_ALLOW_THREADS
    return done;
}

/* Planes of frames that were refused are of no use to anyone. */
static int drop_refused(PyObject *planes, const struct frame *frames, Py_ssize_t number) {
    for (Py_ssize_t i = 0; i < number; i++)
        if (frames[i].reason && PyList_SetItem(planes, i, Py_NewRef(Py_None))) return 0;
    return 1;
}

static PyObject *score_all(struct state *state, PyObject *truths, PyObject *sources, enum form form, int keep) {
    const Py_ssize_t number = PyList_Size(truths);
    size_t shared = 0;
    if (PyList_Size(sources) != number) {
        PyErr_SetString(PyExc_ValueError, "as many predictions as frames of ground truth are needed");
        return NULL;
    }
    struct worker *worker = worker_take(state);
    struct job *jobs = calloc((size_t)number + 1, sizeof *jobs);
    PyObject *planes = keep ? PyList_New(number) : NULL;
    PyObject *records = PyBytes_FromStringAndSize(NULL, number * (Py_ssize_t)sizeof(struct frame));
    PyObject *result = NULL;
    if (worker && !jobs) PyErr_NoMemory();
    if (worker && jobs && records && (planes || !keep)) {
        struct frame *frames = (struct frame *)PyBytes_AsString(records);
        memset(frames, 0, (size_t)number * sizeof *frames);
        if (fill_jobs(state, jobs, truths, sources, form, planes, &shared)) {
            if (!run_jobs(jobs, number, form, shared, worker, frames)) PyErr_NoMemory();
            else if (!keep || drop_refused(planes, frames, number))
                result = Py_BuildValue("(OO)", records, keep ? planes : Py_None);
        }
        for (Py_ssize_t i = 0; i < number; i++)
            if (jobs[i].source.obj) PyBuffer_Release(&jobs[i].source);
    }
    free(jobs);
    if (worker) worker_give_back(state, worker);
    Py_XDECREF(records);
    Py_XDECREF(planes);
    return result;
}

static PyObject *score_batch(PyObject *module, PyObject *arguments, enum form form) {
    PyObject *truths, *sources, *result = NULL;
    int keep = 0;
    if (!PyArg_ParseTuple(arguments, form == FROM_PLANE ? "OO" : "OO|p", &truths, &sources, &keep)) return NULL;
    PyObject *truth_list = PySequence_List(truths), *source_list = PySequence_List(sources);
    if (truth_list && source_list) result = score_all(PyModule_GetState(module), truth_list, source_list, form, keep);
    Py_XDECREF(truth_list);
    Py_XDECREF(source_list);
    return result;
}

PyObject *native_score_pngs(PyObject *module, PyObject *arguments) { return score_batch(module, arguments, FROM_PNG); }

PyObject *native_score_counts(PyObject *module, PyObject *arguments) {
    return score_batch(module, arguments, FROM_COUNTS);
}

PyObject *native_score_planes(PyObject *module, PyObject *arguments) {
    return score_batch(module, arguments, FROM_PLANE);
}
