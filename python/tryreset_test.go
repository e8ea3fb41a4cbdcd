package python

import (
	goruntime "runtime"
	"testing"
)

// What the trial says of a method is what an image then does.
func TestTryResets(t *testing.T) {
	t.Parallel()
	trials := TryResets()
	if len(trials) != 3 || trials[2].Method != "copy" || trials[2].Err != nil {
		t.Fatalf("%+v", trials)
	}
	if first, _ := forcedReset(); first != resetScan {
		return // a method is forced
	}
	for _, trial := range trials {
		if trial.Err == nil {
			if got := smallImage(t).method.String(); got != trial.Method {
				t.Errorf("an image is reset by %s, the first method that works is %s", got, trial.Method)
			}
			return
		}
		if goruntime.GOOS == "linux" {
			t.Log(trial.Method, trial.Err)
		}
	}
}
