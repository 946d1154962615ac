package config_test

import (
	"errors"
	"maps"
	"strings"
	"testing"

	"gatehouse/internal/config"
)

func TestManagementIsConfiguredByTokenOrByAnAppOfItsOwn(t *testing.T) {
	t.Parallel()
	own := map[string]string{"GATEHOUSE_TENANT_ID": "t", "GATEHOUSE_CLIENT_ID": "c", "GATEHOUSE_CLIENT_SECRET": "hunter2"}
	with := func(name, value string) map[string]string {
		all := maps.Clone(own)
		all[name] = value
		return all
	}
	for name, c := range map[string]struct {
		variables map[string]string
		word      string
	}{
		"nothing":                     {nil, ""},
		"token":                       {map[string]string{"GATEHOUSE_TOKEN": "x", "GATEHOUSE_URL": "https://gatehouse.example"}, ""},
		"app":                         {own, ""},
		"this machine":                {with("GATEHOUSE_URL", "http://localhost:8080"), ""},
		"emulator":                    {with("GATEHOUSE_ENTRA_URL", "https://localhost:8443"), ""},
		"session":                     {map[string]string{"GATEHOUSE_SESSION": "gatehouse=x", "GATEHOUSE_URL": "https://gatehouse.example"}, ""},
		"session and token":           {map[string]string{"GATEHOUSE_SESSION": "gatehouse=hunter2", "GATEHOUSE_TOKEN": "x"}, "keep one"},
		"session and client":          {with("GATEHOUSE_SESSION", "gatehouse=hunter2"), "keep one"},
		"session without its name":    {map[string]string{"GATEHOUSE_SESSION": "hunter2"}, "is no cookie"},
		"both":                        {with("GATEHOUSE_TOKEN", "hunter2"), "keep one"},
		"app without secret":          {with("GATEHOUSE_CLIENT_SECRET", ""), "set all three"},
		"app without tenant":          {with("GATEHOUSE_TENANT_ID", ""), "set all three"},
		"plain http to somebody else": {with("GATEHOUSE_URL", "http://gatehouse.example"), "https only"},
		"URL with a path":             {with("GATEHOUSE_URL", "https://gatehouse.example/api"), "GATEHOUSE_URL must be"},
		"emulator elsewhere":          {with("GATEHOUSE_ENTRA_URL", "https://login.example"), "loopback only"},
	} {
		_, err := source(c.variables, nil).Manage()
		problems, _ := errors.AsType[config.Errors](err)
		if c.word == "" && err != nil || c.word != "" && (len(problems) != 1 || !strings.Contains(problems[0], c.word)) {
			t.Errorf("%s: error is %v", name, err)
		}
		if err != nil && strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: the error repeats a secret: %v", name, err)
		}
	}
}

func TestValueIsTheLastOfItsLines(t *testing.T) {
	t.Parallel()
	s := config.Source{Environ: []string{"A=1", "AB=2", "A=x=y"}}
	if value, ok := s.Value("A"); !ok || value != "x=y" {
		t.Errorf("value is %q, %v", value, ok)
	}
	if value, ok := s.Value("B"); ok {
		t.Errorf("a variable that is not set has the value %q", value)
	}
}
