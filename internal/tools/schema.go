package tools

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"gatehouse/internal/fault"
)

// CheckArguments validates a call's arguments against the tool's input schema;
// others than tools take what they take. The fault is Invalid, and its text names
// each offending member by JSON pointer, so that a model can mend its call.
func (e *Entry) CheckArguments(arguments []byte) error {
	if e.input == nil {
		return nil
	}
	s, err := e.input()
	if err != nil {
		return fault.Wrap(fault.Upstream, "the input schema of "+e.Shown+" cannot be used any more; an admin can review the tool", err)
	}
	return s.check(arguments)
}

func (s *schema) check(arguments []byte) error {
	if s.takesNothing && len(arguments) == 2 {
		return nil // "{}", by far the most frequent
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(arguments))
	if err != nil {
		return fault.Wrap(fault.Invalid, "arguments are not JSON; send one JSON object", err)
	}
	if err := checkNumbers(value); err != nil {
		return err
	}
	if s.weight > maxSteps/len(arguments) && !s.affords(value) {
		return fault.New(fault.Invalid, "arguments take too long to check against the tool's input schema; send less, or nest it less")
	}
	err = s.compiled.Validate(value)
	if err == nil {
		return nil
	}
	var invalid *jsonschema.ValidationError
	if !errors.As(err, &invalid) {
		return fault.Wrap(fault.Internal, "arguments cannot be checked", err)
	}
	return fault.New(fault.Invalid, "arguments do not fit the tool's input schema: "+strings.Join(complaints(invalid, nil), "; "))
}

// checkNumbers refuses numbers on which exact arithmetic would take long.
func checkNumbers(v any) error {
	switch v := v.(type) {
	case map[string]any:
		for _, item := range v {
			if err := checkNumbers(item); err != nil {
				return err
			}
		}
	case []any:
		for _, item := range v {
			if err := checkNumbers(item); err != nil {
				return err
			}
		}
	case json.Number:
		if len(v) <= 20 && strings.IndexByte(string(v), 'e') < 0 && strings.IndexByte(string(v), 'E') < 0 {
			return nil
		}
		if _, err := appendNumber(nil, []byte(v)); err != nil || len(v) > maxNumber {
			return fault.Newf(fault.Invalid, "arguments: the number %.40s is out of range", v)
		}
	}
	return nil
}

// english renders the validator's own messages.
var english = message.NewPrinter(language.English)

// maxComplaints keeps an answer readable when everything is wrong.
const maxComplaints = 8

func complaints(e *jsonschema.ValidationError, into []string) []string {
	if len(into) >= maxComplaints {
		return into
	}
	if len(e.Causes) == 0 {
		at := "/" + strings.Join(e.InstanceLocation, "/")
		return append(into, fmt.Sprintf("at %.80q: %s", at, clip(e.ErrorKind.LocalizedString(english))))
	}
	for _, cause := range e.Causes {
		into = complaints(cause, into)
	}
	return into
}

// clip bounds what an answer repeats of the arguments.
func clip(s string) string {
	const most = 200
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
