package mcphost_test

import (
	"reflect"
	"strings"
	"testing"

	"gatehouse/internal/mcphost"
	"gatehouse/internal/tools"
)

// filled gives every field of a struct a value of its own, those behind pointers
// included.
func filled(t *testing.T, v reflect.Value) {
	t.Helper()
	for i := range v.NumField() {
		field, name := v.Field(i), v.Type().Field(i).Name
		switch field.Kind() { //nolint:exhaustive // a result has no others; a new one fails here
		case reflect.String:
			field.SetString(name)
		case reflect.Bool:
			field.SetBool(true)
		case reflect.Slice:
			field.SetBytes([]byte(name))
		case reflect.Pointer:
			field.Set(reflect.New(field.Type().Elem()))
			filled(t, field.Elem())
		default:
			t.Fatalf("%s is a %s: say how it is written in a letter", name, field.Kind())
		}
	}
}

// TestResultComesOutOfALetterAsItWentIn, whatever a result consists of.
func TestResultComesOutOfALetterAsItWentIn(t *testing.T) {
	t.Parallel()
	var whole tools.Result
	filled(t, reflect.ValueOf(&whole).Elem())
	for _, want := range []tools.Result{whole, {}, {Members: []byte(`"n":9007199254740993`)}, {Asked: &tools.Asked{State: "s"}}, {Asked: &tools.Asked{}}} {
		_, got, err := mcphost.ResultInALetter(want)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%+v: %+v, %v", want, got, err)
		}
	}
}

// TestLettersHaveNamesOfTheirOwn: a replica of another version reads them.
func TestLettersHaveNamesOfTheirOwn(t *testing.T) {
	t.Parallel()
	var whole tools.Result
	filled(t, reflect.ValueOf(&whole).Elem())
	text, _, err := mcphost.ResultInALetter(whole)
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"result":{"members":"TWVtYmVycw==","meta":"TWV0YQ==","type":"Type","ttl":"TTL","asked":{"requests":"UmVxdWVzdHM=","state":"State","ours":true},"taskId":"TaskID","isError":true}}`
	if got := strings.TrimSpace(string(text)); got != want {
		t.Errorf("%s", got)
	}
}
