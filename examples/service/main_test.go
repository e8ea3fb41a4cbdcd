package main

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"
)

// start runs the service until the test ends, and returns its address.
func start(t *testing.T) (url string) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	out, in := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		err := run(ctx, "localhost:0", in)
		_ = in.CloseWithError(err)
		ended <- err
	}()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(strings.TrimPrefix(line, "listening on "))
}

// send sends a request, and returns the status and the body of the response.
func send(ctx context.Context, method, url, body string) (status int, text string, err error) {
	req, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer func() { _ = resp.Body.Close() }()
	all, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(all), err
}

func post(t *testing.T, url, script, params string) (int, string) {
	t.Helper()
	body, err := json.Marshal(request{script, json.RawMessage(params)})
	if err != nil {
		t.Fatal(err)
	}
	status, text, err := send(t.Context(), http.MethodPost, url+"/run", string(body))
	if err != nil {
		t.Fatal(err)
	}
	return status, text
}

func TestService(t *testing.T) {
	defer http.DefaultClient.CloseIdleConnections()
	url := start(t)

	for _, tt := range []struct {
		name, script, params string
		status               int
		want                 string
	}{
		{"value", "def run(params): return params + 1", "41", http.StatusOK, `{"value":42}` + "\n"},
		{"host function", "import vivarium\ndef run(items): return sum(vivarium.call('price', item=i) for i in items)", `["apple", "bread"]`, http.StatusOK, `{"value":390}` + "\n"},
		{"host function's error", "import vivarium\nvivarium.call('price', item='gold')", "null", http.StatusUnprocessableEntity, `there is no item \"gold\"`},
		{"exception", "1/0", "null", http.StatusUnprocessableEntity, `"error":"ZeroDivisionError: division by zero","traceback":"Traceback`},
		{"memory", "x = bytearray(1 << 30)", "null", http.StatusUnprocessableEntity, "memory limit"},
		{"output", "print('hello')", "null", http.StatusOK, `{"stdout":"hello\n"}` + "\n"},
		{"logs", "import vivarium; vivarium.log('hello', 'warning')", "null", http.StatusOK, `{"logs":["warning: hello"]}` + "\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			status, text := post(t, url, tt.script, tt.params)
			if status != tt.status || !strings.Contains(text, tt.want) {
				t.Errorf("status %d, want %d; %s lacks %s", status, tt.status, text, tt.want)
			}
		})
	}

	if status, text, err := send(t.Context(), http.MethodPost, url+"/run", "{"); err != nil || status != http.StatusBadRequest {
		t.Errorf("not JSON: status %d, %q, %v", status, text, err)
	}
	if status, text, err := send(t.Context(), http.MethodGet, url+"/healthz", ""); err != nil || status != http.StatusOK || !strings.Contains(text, `"overall":`) {
		t.Errorf("health: status %d, %q, %v", status, text, err)
	}
	if status, text, err := send(t.Context(), http.MethodGet, url+"/metrics", ""); err != nil || status != http.StatusOK || !strings.Contains(text, `vivarium_tasks_finished_total{outcome="exception",type="cpu"} 2`) {
		t.Errorf("metrics: status %d, %s, %v", status, text, err)
	}
}

// A client that goes away takes its script with it.
func TestClientGoesAway(t *testing.T) {
	defer http.DefaultClient.CloseIdleConnections()
	url := start(t)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, _, err := send(ctx, http.MethodPost, url+"/run", `{"script": "while True: pass"}`); err == nil {
		t.Error("an endless script has ended")
	}
	// There may be one core only, so this waits for the other script's end.
	began := time.Now()
	if status, text := post(t, url, "def run(params): return 1", "null"); status != http.StatusOK {
		t.Errorf("status %d: %s", status, text)
	}
	if took := time.Since(began); took > 4*time.Second {
		t.Errorf("waited for %v: the script ran until its time was up", took)
	}
}

// What the README shows is what the service answers.
func TestReadme(t *testing.T) {
	defer http.DefaultClient.CloseIdleConnections()
	url := start(t)
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	shown := regexp.MustCompile("(?s) -d '(.*?)'\n.*```json\n(.*?)```").FindStringSubmatch(string(readme))
	if shown == nil {
		t.Fatal("README.md has no request and answer")
	}
	status, text, err := send(t.Context(), http.MethodPost, url+"/run", shown[1])
	if err != nil || status != http.StatusOK || text != shown[2] {
		t.Errorf("status %d, %v, %s, want %s", status, err, text, shown[2])
	}
}
