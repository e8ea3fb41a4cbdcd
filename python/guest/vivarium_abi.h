/* Host ABI v1: the single truth about what crosses between guest and host.
 *
 * The Go constants in hostabi/abi.go are compared with this file by a test
 * (hostabi/abi_test.go), so each definition keeps to one line and one form.
 *
 * Rules that hold for every function:
 *   - Pointers are offsets into the guest's linear memory; lengths are bytes.
 *   - The guest owns every buffer. The host copies before it returns.
 *   - A return value >= 0 is success (often a size); < 0 is a VIV_E_* code.
 *   - Text is UTF-8. Structured values are JSON.
 */
#ifndef VIVARIUM_ABI_H
#define VIVARIUM_ABI_H

#include <stdint.h>

#define VIV_ABI_VERSION 1

/* Errors. */
#define VIV_OK 0
#define VIV_E_FAULT -1       /* pointer + length leave linear memory */
#define VIV_E_LIMIT -2       /* a limit of this call is used up */
#define VIV_E_INVALID -3     /* an argument is not of the stated form */
#define VIV_E_NOTFOUND -4    /* no such input, or no such host function */
#define VIV_E_INTERRUPTED -5 /* a soft interrupt ended the wait */
#define VIV_E_HOST -6        /* the host function failed; call_read gives its text */

/* What input_size and input_read name. */
#define VIV_IN_NAME 0      /* the script's name, as tracebacks show it */
#define VIV_IN_SOURCE 1    /* the script's source text */
#define VIV_IN_CODE 2      /* the marshalled code object vivarium_compile returned */
#define VIV_IN_PARAMS 3    /* params, JSON, verbatim */
#define VIV_IN_ENV 4       /* environment, a JSON object of strings */
#define VIV_IN_PREIMPORT 5 /* modules to import at init, a JSON array of strings */

/* Log levels, those of Python's logging divided by ten. */
#define VIV_LOG_DEBUG 1
#define VIV_LOG_INFO 2
#define VIV_LOG_WARNING 3
#define VIV_LOG_ERROR 4
#define VIV_LOG_CRITICAL 5

/* Metric kinds. */
#define VIV_METRIC_COUNTER 0
#define VIV_METRIC_GAUGE 1
#define VIV_METRIC_HISTOGRAM 2

/* What vivarium_init, vivarium_compile and vivarium_run report. */
#define VIV_RUN_OK 0     /* the script finished; a result was set if it has one */
#define VIV_RUN_RAISED 1 /* it raised; error_set was called */
#define VIV_RUN_EXIT 2   /* a plain script called sys.exit; error_set holds the code */
#define VIV_RUN_BROKEN 3 /* the bootstrap itself failed; stderr says how */

/* What tick answers, and vivarium_interrupt takes: why a soft interrupt came. */
#define VIV_TICK_CONTINUE 0  /* nothing to do */
#define VIV_TICK_CANCELLED 1 /* the caller cancelled the task */
#define VIV_TICK_TIMEOUT 2   /* the deadline passed */
#define VIV_TICK_FUEL 3      /* the fuel limit was reached */

#define VIV_IMPORT(n) __attribute__((import_module("vivarium_v1"), import_name(#n)))
#define VIV_EXPORT(n) __attribute__((export_name(#n), used, visibility("default")))

/* Host functions, imported from module "vivarium_v1". */
VIV_IMPORT(input_size) extern int32_t viv_input_size(uint32_t kind);
VIV_IMPORT(input_read) extern int32_t viv_input_read(uint32_t kind, void *buf, uint32_t len);
VIV_IMPORT(result_set) extern int32_t viv_result_set(const void *json, uint32_t len);
VIV_IMPORT(error_set) extern int32_t viv_error_set(const void *json, uint32_t len);
VIV_IMPORT(log) extern int32_t viv_log(uint32_t level, const void *text, uint32_t len);
VIV_IMPORT(metric) extern int32_t viv_metric(uint32_t kind, const void *name, uint32_t name_len, double value, const void *labels, uint32_t labels_len);
VIV_IMPORT(progress) extern int32_t viv_progress(double fraction, const void *text, uint32_t len);
VIV_IMPORT(call) extern int32_t viv_call(const void *name, uint32_t name_len, const void *arg, uint32_t arg_len);
VIV_IMPORT(call_read) extern int32_t viv_call_read(void *buf, uint32_t len);
VIV_IMPORT(tick) extern int32_t viv_tick(void);
VIV_IMPORT(entropy) extern int32_t viv_entropy(void *buf, uint32_t len);

/* Guest functions, exported. memory, __stack_pointer and _initialize come from
 * the linker; vivarium_fuel, a mutable i32 global, from the metering pass. */
VIV_EXPORT(vivarium_abi_version) int32_t vivarium_abi_version(void);
VIV_EXPORT(vivarium_init) int32_t vivarium_init(void);
VIV_EXPORT(vivarium_compile) int64_t vivarium_compile(void);
VIV_EXPORT(vivarium_run) int32_t vivarium_run(void);
VIV_EXPORT(vivarium_tick) void vivarium_tick(void);
VIV_EXPORT(vivarium_interrupt) void vivarium_interrupt(uint32_t reason);
VIV_EXPORT(vivarium_limit_memory) int32_t vivarium_limit_memory(uint32_t bytes);

#endif
