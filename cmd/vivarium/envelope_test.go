package main

import (
	"reflect"
	"testing"

	"github.com/vivarium-go/vivarium/runtime"
)

// Whatever a run's bill has on it is in the envelope, each in a place of its own.
func TestEnvelopeHasTheWholeUsage(t *testing.T) {
	t.Parallel()
	places := make(map[string]string)
	for i := range reflect.TypeFor[runtime.Usage]().NumField() {
		field := reflect.TypeFor[runtime.Usage]().Field(i)
		var res runtime.Result
		value := reflect.ValueOf(&res.Usage).Elem().Field(i)
		if value.CanUint() {
			value.SetUint(1e6)
		} else {
			value.SetInt(1e6)
		}
		usage := reflect.ValueOf(envelopeOf(&res).Usage)
		place := ""
		for j := range usage.NumField() {
			if !usage.Field(j).IsZero() {
				place = usage.Type().Field(j).Name
			}
		}
		if place == "" {
			t.Errorf("envelopeUsage lacks Usage.%s", field.Name)
			continue
		}
		if other, taken := places[place]; taken {
			t.Errorf("envelopeUsage.%s is both Usage.%s and Usage.%s", place, other, field.Name)
		}
		places[place] = field.Name
	}
}
