/* The Python module `rvosbench._kernels.native`. twin.py has the same functions; their docstrings are there. */
#include "module.h"

#include <stdlib.h>

#include "checksums.h"
#include "pixels.h"
#include "rle.h"

#define MAX_IDLE 8

static struct state *state_of(PyObject *module) { return PyModule_GetState(module); }

static void worker_free(struct worker *worker) {
    scratch_free(&worker->scratch);
    free(worker->score.words);
    free(worker);
}

struct worker *worker_take(struct state *state) {
    struct worker *worker = state->idle;
    if (worker) {
        state->idle = worker->next;
        return worker;
    }
    worker = calloc(1, sizeof *worker);
    if (!worker) PyErr_NoMemory();
    return worker;
}

void worker_give_back(struct state *state, struct worker *worker) {
    int idle = 0;
    for (struct worker *other = state->idle; other; other = other->next) idle++;
    if (idle == MAX_IDLE) {
        worker_free(worker);
    } else {
        worker->next = state->idle;
        state->idle = worker;
    }
}

PyObject *refuse(struct state *state, enum reason reason) {
    if (reason == NO_MEMORY) return PyErr_NoMemory();
    PyObject *number = PyLong_FromLong(reason);
    if (number) PyErr_SetObject(state->error, number);
    Py_XDECREF(number);
    return NULL;
}

int check_size(Py_ssize_t height, Py_ssize_t width) {
    if (height >= 1 && width >= 1 && height <= MAX_SIDE && width <= MAX_SIDE) return 1;
    PyErr_Format(PyExc_ValueError, "an image of %zd x %zd pixels", width, height);
    return 0;
}

int check_length(const Py_buffer *buffer, size_t length) {
    if ((size_t)buffer->len == length) return 1;
    PyErr_Format(PyExc_ValueError, "%zd bytes where %zu are needed", buffer->len, length);
    return 0;
}

static PyObject *new_bytes(size_t length) { return PyBytes_FromStringAndSize(NULL, (Py_ssize_t)length); }

static word *words_of(PyObject *bytes) { return (word *)PyBytes_AsString(bytes); }

static PyObject *png_header(PyObject *module, PyObject *arguments) {
    Py_buffer file;
    struct png_header header;
    if (!PyArg_ParseTuple(arguments, "y*", &file)) return NULL;
    enum reason reason = png_read_header(file.buf, (size_t)file.len, &header);
    PyBuffer_Release(&file);
    if (reason) return refuse(state_of(module), reason);
    return Py_BuildValue("(kkiii)", (unsigned long)header.height, (unsigned long)header.width, header.depth,
                         header.colour_type, header.interlace);
}

static PyObject *read_png(PyObject *module, PyObject *arguments, int as_plane) {
    Py_buffer file;
    Py_ssize_t height, width;
    uint32_t facts = 0;
    enum reason reason = NO_MEMORY;
    PyObject *pixels = NULL;
    if (!PyArg_ParseTuple(arguments, "y*nn", &file, &height, &width)) return NULL;
    struct worker *worker = check_size(height, width) ? worker_take(state_of(module)) : NULL;
    if (worker) {
        size_t length = as_plane ? plane_words(height, width) * sizeof(word) : (size_t)height * (size_t)width;
        pixels = new_bytes(length);
        if (pixels) {
            char *to = PyBytes_AsString(pixels);
            Py_BEGIN_ALLOW_THREADS
            if (as_plane)
                reason = png_read_plane(file.buf, (size_t)file.len, (size_t)height, (size_t)width, &worker->scratch,
                                        (word *)to, &facts);
            else
                reason = png_read_labels(file.buf, (size_t)file.len, (size_t)height, (size_t)width, &worker->scratch,
                                         (uint8_t *)to, &facts);
            Py_END_ALLOW_THREADS
        }
        worker_give_back(state_of(module), worker);
    }
    PyBuffer_Release(&file);
    if (PyErr_Occurred()) return NULL;
    if (!reason) return Py_BuildValue("(Nk)", pixels, (unsigned long)facts);
    Py_XDECREF(pixels);
    return refuse(state_of(module), reason);
}

static PyObject *png_plane(PyObject *module, PyObject *arguments) { return read_png(module, arguments, 1); }

static PyObject *png_labels(PyObject *module, PyObject *arguments) { return read_png(module, arguments, 0); }

static PyObject *rle_plane(PyObject *module, PyObject *arguments) {
    Py_buffer counts;
    Py_ssize_t height, width;
    if (!PyArg_ParseTuple(arguments, "y*nn", &counts, &height, &width)) return NULL;
    PyObject *plane = check_size(height, width) ? new_bytes(plane_words(height, width) * sizeof(word)) : NULL;
    enum reason reason = ACCEPTED;
    if (plane)
        reason = rle_read_plane(counts.buf, (size_t)counts.len, (size_t)height, (size_t)width, words_of(plane));
    PyBuffer_Release(&counts);
    if (!reason) return plane;
    Py_DECREF(plane);
    return refuse(state_of(module), reason);
}

static PyObject *rle_counts(PyObject *Py_UNUSED(module), PyObject *arguments) {
    Py_buffer plane;
    Py_ssize_t height, width;
    PyObject *result = NULL;
    size_t length;
    if (!PyArg_ParseTuple(arguments, "y*nn", &plane, &height, &width)) return NULL;
    if (check_size(height, width) && check_length(&plane, plane_words(height, width) * sizeof(word))) {
        uint8_t *counts = rle_write_counts(plane.buf, (size_t)height, (size_t)width, &length);
        result = counts ? PyBytes_FromStringAndSize((const char *)counts, (Py_ssize_t)length) : PyErr_NoMemory();
        free(counts);
    }
    PyBuffer_Release(&plane);
    return result;
}

static PyObject *plane_from_pixels(PyObject *Py_UNUSED(module), PyObject *arguments) {
    Py_buffer pixels;
    Py_ssize_t height, width;
    int label = -1;
    PyObject *plane = NULL;
    if (!PyArg_ParseTuple(arguments, "y*nn|i", &pixels, &height, &width, &label)) return NULL;
    if (label > 255) {
        PyErr_SetString(PyExc_ValueError, "a label of more than 255");
    } else if (check_size(height, width) && check_length(&pixels, (size_t)height * (size_t)width)) {
        plane = new_bytes(plane_words(height, width) * sizeof(word));
        if (plane && label < 0) pixels_to_plane(pixels.buf, (size_t)height, (size_t)width, words_of(plane));
        else if (plane) label_to_plane(pixels.buf, (size_t)height, (size_t)width, (uint8_t)label, words_of(plane));
    }
    PyBuffer_Release(&pixels);
    return plane;
}

/* Functions of a plane to as many bytes as `length` says. */
static PyObject *transformed(PyObject *arguments, int to_pixels) {
    Py_buffer plane;
    Py_ssize_t height, width;
    PyObject *result = NULL;
    if (!PyArg_ParseTuple(arguments, "y*nn", &plane, &height, &width)) return NULL;
    const size_t length = plane_words(height, width) * sizeof(word);
    if (check_size(height, width) && check_length(&plane, length)) {
        const struct box whole = {.bottom = (size_t)height, .right = words_in((size_t)width)};
        result = new_bytes(to_pixels ? (size_t)height * (size_t)width : length);
        if (result && to_pixels)
            plane_to_pixels(plane.buf, (size_t)height, (size_t)width, (uint8_t *)PyBytes_AsString(result));
        else if (result)
            plane_boundary(plane.buf, (size_t)height, (size_t)width, &whole, words_of(result), whole.right);
    }
    PyBuffer_Release(&plane);
    return result;
}

static PyObject *pixels_of_plane(PyObject *Py_UNUSED(module), PyObject *arguments) {
    return transformed(arguments, 1);
}

static PyObject *boundary(PyObject *Py_UNUSED(module), PyObject *arguments) { return transformed(arguments, 0); }

static PyObject *dilate(PyObject *Py_UNUSED(module), PyObject *arguments) {
    Py_buffer plane, spans;
    Py_ssize_t height, width;
    struct disk disk;
    PyObject *result = NULL;
    if (!PyArg_ParseTuple(arguments, "y*nny*", &plane, &height, &width, &spans)) return NULL;
    if (check_size(height, width) && check_length(&plane, plane_words(height, width) * sizeof(word)) &&
        check_spans(&spans, &disk)) {
        const size_t words = words_in((size_t)width);
        const struct box whole = {.bottom = (size_t)height, .right = words};
        word *scratch = malloc(dilate_scratch_words(&whole, &disk) * sizeof(word));
        result = scratch ? new_bytes((size_t)height * words * sizeof(word)) : PyErr_NoMemory();
        if (result) {
            const struct part from = {.words = plane.buf, .box = whole, .stride = words};
            plane_dilate(&from, &disk, words_of(result), &whole, scratch);
            for (size_t y = 1; y <= (size_t)height; y++)
                words_of(result)[y * words - 1] &= last_word_mask((size_t)width);
        }
        free(scratch);
    }
    PyBuffer_Release(&plane);
    PyBuffer_Release(&spans);
    return result;
}

static PyObject *union_(PyObject *Py_UNUSED(module), PyObject *arguments) {
    Py_buffer a, b;
    PyObject *result = NULL;
    if (!PyArg_ParseTuple(arguments, "y*y*", &a, &b)) return NULL;
    if (check_length(&b, (size_t)a.len)) result = new_bytes((size_t)a.len);
    if (result) {
        const word *first = a.buf, *second = b.buf;
        word *to = words_of(result);
        for (size_t i = 0; i < (size_t)a.len / sizeof(word); i++) to[i] = first[i] | second[i];
    }
    PyBuffer_Release(&a);
    PyBuffer_Release(&b);
    return result;
}

static PyObject *area(PyObject *Py_UNUSED(module), PyObject *arguments) {
    Py_buffer plane;
    if (!PyArg_ParseTuple(arguments, "y*", &plane)) return NULL;
    uint64_t pixels = plane_area(plane.buf, (size_t)plane.len / sizeof(word));
    PyBuffer_Release(&plane);
    return PyLong_FromUnsignedLongLong(pixels);
}

static PyObject *intersection_union(PyObject *Py_UNUSED(module), PyObject *arguments) {
    Py_buffer a, b, void_ = {0};
    uint64_t areas[2];
    PyObject *result = NULL;
    if (!PyArg_ParseTuple(arguments, "y*y*|z*", &a, &b, &void_)) return NULL;
    if (check_length(&b, (size_t)a.len) && (!void_.buf || check_length(&void_, (size_t)a.len))) {
        plane_intersection_union(a.buf, b.buf, void_.buf, (size_t)a.len / sizeof(word), areas);
        result = Py_BuildValue("(KK)", areas[0], areas[1]);
    }
    PyBuffer_Release(&a);
    PyBuffer_Release(&b);
    if (void_.obj) PyBuffer_Release(&void_);
    return result;
}

static int execute(PyObject *module) {
    struct state *state = state_of(module);
    PyObject *reasons = PyImport_ImportModule("rvosbench._kernels.reasons");
    if (!reasons) return -1;
    state->error = PyObject_GetAttrString(reasons, "KernelError");
    Py_DECREF(reasons);
    if (!state->error) return -1;
    state->truth_type = (PyTypeObject *)PyType_FromModuleAndSpec(module, &truth_spec, NULL);
    if (!state->truth_type || PyModule_AddType(module, state->truth_type)) return -1;
    checksums_init();
    return 0;
}

static int traverse(PyObject *module, visitproc visit, void *arg) {
    Py_VISIT(state_of(module)->error);
    Py_VISIT(state_of(module)->truth_type);
    return 0;
}

static void free_module(void *module) {
    struct state *state = state_of(module);
    Py_CLEAR(state->error);
    Py_CLEAR(state->truth_type);
    while (state->idle) {
        struct worker *worker = state->idle;
        state->idle = worker->next;
        worker_free(worker);
    }
}

static PyMethodDef methods[] = {
    {"png_header", png_header, METH_VARARGS, NULL},
    {"png_plane", png_plane, METH_VARARGS, NULL},
    {"png_labels", png_labels, METH_VARARGS, NULL},
    {"rle_plane", rle_plane, METH_VARARGS, NULL},
    {"rle_counts", rle_counts, METH_VARARGS, NULL},
    {"plane_from_pixels", plane_from_pixels, METH_VARARGS, NULL},
    {"plane_to_pixels", pixels_of_plane, METH_VARARGS, NULL},
    {"union", union_, METH_VARARGS, NULL},
    {"area", area, METH_VARARGS, NULL},
    {"intersection_union", intersection_union, METH_VARARGS, NULL},
    {"boundary", boundary, METH_VARARGS, NULL},
    {"dilate", dilate, METH_VARARGS, NULL},
    {"prepare", native_prepare, METH_VARARGS, NULL},
    {"score", native_score, METH_VARARGS, NULL},
    {"score_pngs", native_score_pngs, METH_VARARGS, NULL},
    {"score_counts", native_score_counts, METH_VARARGS, NULL},
    {"score_planes", native_score_planes, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef_Slot slots[] = {{Py_mod_exec, execute}, {0, NULL}};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "native",
    .m_doc = "The kernel, compiled; `rvosbench._kernels` chooses between it and its twin.",
    .m_size = sizeof(struct state),
    .m_methods = methods,
    .m_slots = slots,
    .m_traverse = traverse,
    .m_free = free_module,
};

PyMODINIT_FUNC PyInit_native(void) { return PyModuleDef_Init(&definition); }
