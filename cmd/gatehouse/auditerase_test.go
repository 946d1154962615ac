package main

import (
	"strings"
	"testing"
)

func TestWhoIsErasedIsNamedTwice(t *testing.T) {
	t.Parallel()
	const anna, bert = "a11a0000-0000-4000-8000-000000000001", "be470000-0000-4000-8000-000000000002"
	for name, row := range map[string]struct {
		words []string
		again string
		says  string
	}{
		"nobody":       {nil, "", "name one person"},
		"two":          {[]string{anna, bert}, anna, "name one person"},
		"a user name":  {[]string{"anna@contoso.example"}, "anna@contoso.example", "is no object ID"},
		"once":         {[]string{anna}, "", "--again"},
		"someone else": {[]string{anna}, bert, "--again"},
	} {
		if _, err := (&erasure{again: row.again}).wanted(row.words); err == nil || !strings.Contains(err.Error(), row.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
	got, err := (&erasure{again: strings.ToUpper(anna), names: []string{"Anna Arden"}}).wanted([]string{anna})
	if err != nil || got.Person.String() != anna || len(got.Names) != 1 {
		t.Errorf("%+v, %v", got, err)
	}
}
