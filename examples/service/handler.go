package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/vivarium-go/vivarium/runtime"
)

// maxRequest bounds the body of a request.
const maxRequest = 1 << 20

// request is the body of POST /run.
type request struct {
	Script string          `json:"script"`
	Params json.RawMessage `json:"params"`
}

// answer is what POST /run answers.
type answer struct {
	Value     json.RawMessage `json:"value,omitempty"`
	Error     string          `json:"error,omitempty"`
	Traceback string          `json:"traceback,omitempty"`
	Stdout    string          `json:"stdout,omitempty"`
	Logs      []string        `json:"logs,omitempty"`
}

func newHandler(eng *runtime.Engine) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /run", func(w http.ResponseWriter, r *http.Request) { runScript(w, r, eng) })
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { health(w, eng) })
	mux.Handle("GET /metrics", promhttp.HandlerFor(eng.Metrics(), promhttp.HandlerOpts{}))
	return mux
}

// runScript runs the script of a request. When the client goes away the request's context
// ends, and so does the script.
func runScript(w http.ResponseWriter, r *http.Request, eng *runtime.Engine) {
	var req request
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxRequest)).Decode(&req); err != nil {
		reply(w, http.StatusBadRequest, answer{Error: err.Error()})
		return
	}
	res, err := eng.Run(r.Context(), runtime.Task{
		Script: runtime.Source("script.py", req.Script),
		Params: req.Params,
	})
	if err != nil {
		reply(w, refusal(err), answer{Error: err.Error()})
		return
	}
	a := answer{Value: res.Value, Stdout: string(res.Stdout)}
	for _, record := range res.Logs {
		a.Logs = append(a.Logs, fmt.Sprintf("%s: %s", record.Level, record.Text))
	}
	status := http.StatusOK
	if res.Err != nil {
		status = http.StatusUnprocessableEntity
		a.Error = res.Err.Error()
		if raised := new(runtime.ScriptError); errors.As(res.Err, &raised) {
			a.Traceback = raised.Traceback()
		}
	}
	reply(w, status, a)
}

// refusal is the status of a task that was not run.
func refusal(err error) int {
	switch {
	case errors.Is(err, runtime.ErrInvalidTask):
		return http.StatusBadRequest
	case errors.Is(err, runtime.ErrQueueFull):
		return http.StatusTooManyRequests
	default: // it is closing, or the request's time was up while it waited
		return http.StatusServiceUnavailable
	}
}

// health answers 503 only if the engine does not do all that it is there for: one that is
// degraded still works.
func health(w http.ResponseWriter, eng *runtime.Engine) {
	h := eng.Health()
	status := http.StatusOK
	if h.Overall == runtime.Unhealthy {
		status = http.StatusServiceUnavailable
	}
	reply(w, status, h)
}

func reply(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the client may be gone
}
