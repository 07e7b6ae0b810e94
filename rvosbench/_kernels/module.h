/* What the two halves of the Python module share. */
#ifndef RVOSBENCH_MODULE_H
#define RVOSBENCH_MODULE_H

#include <Python.h>

#include "png.h"
#include "score.h"

/* Memory of one call that runs without the interpreter lock; idle ones are kept for later calls. */
struct worker {
    struct scratch scratch;
    struct score_memory score;
    struct worker *next;
};

struct state {
    PyObject *error; /* KernelError */
    PyTypeObject *truth_type;
    struct worker *idle;
};

struct truth_object {
    PyObject_HEAD
    struct truth truth;
};

/* To be called with the interpreter lock. */
struct worker *worker_take(struct state *state); /* NULL, with an exception, if there is no memory */
void worker_give_back(struct state *state, struct worker *worker);

/* Raises what the reason stands for, and returns NULL. */
PyObject *refuse(struct state *state, enum reason reason);

/* Sets an exception and returns 0 if an argument does not fit. */
int check_size(Py_ssize_t height, Py_ssize_t width);
int check_length(const Py_buffer *buffer, size_t length);

static inline size_t plane_words(Py_ssize_t height, Py_ssize_t width) {
    return (size_t)height * words_in((size_t)width);
}

extern PyType_Spec truth_spec;

PyObject *native_prepare(PyObject *module, PyObject *arguments);
PyObject *native_score(PyObject *module, PyObject *arguments);
PyObject *native_score_pngs(PyObject *module, PyObject *arguments);
PyObject *native_score_counts(PyObject *module, PyObject *arguments);
PyObject *native_score_planes(PyObject *module, PyObject *arguments);

/* The spans of a disk from bytes. Sets an exception and returns 0 if they are not nested or out of range. */
int check_spans(const Py_buffer *buffer, struct disk *disk);

#endif
