/* nanosleep that can be interrupted.
 *
 * wasi-libc's turns every error of poll_oneoff into ENOTSUP, so a sleep ended by
 * an interrupt looked like a broken clock. EINTR makes CPython run its signal
 * handlers, which raise.
 */
#include <errno.h>
#include <time.h>
#include <wasi/api.h>

static __wasi_timestamp_t now(void)
{
    __wasi_timestamp_t t = 0;
    (void)__wasi_clock_time_get(__WASI_CLOCKID_MONOTONIC, 1, &t);
    return t;
}

int nanosleep(const struct timespec *request, struct timespec *remaining)
{
    if (request->tv_sec < 0 || request->tv_nsec < 0 || request->tv_nsec > 999999999) {
        errno = EINVAL;
        return -1;
    }
    __wasi_timestamp_t length;
    if (__builtin_mul_overflow((__wasi_timestamp_t)request->tv_sec, 1000000000u, &length) ||
        __builtin_add_overflow(length, (__wasi_timestamp_t)request->tv_nsec, &length))
        length = UINT64_MAX;
    __wasi_subscription_t until = {
        .u.tag = __WASI_EVENTTYPE_CLOCK,
        .u.u.clock = {.id = __WASI_CLOCKID_MONOTONIC, .timeout = length, .precision = 1},
    };
    __wasi_event_t event = {0};
    __wasi_size_t events;
    __wasi_timestamp_t start = now();
    __wasi_errno_t error = __wasi_poll_oneoff(&until, &event, 1, &events);
    if (!error)
        error = event.error;
    if (!error)
        return 0;
    if (remaining) {
        __wasi_timestamp_t passed = now() - start, left = passed < length ? length - passed : 0;
        remaining->tv_sec = left / 1000000000u;
        remaining->tv_nsec = left % 1000000000u;
    }
    errno = error;
    return -1;
}
