package wire_test

import (
	"strings"
	"testing"

	"gatehouse/internal/wire"
)

func TestFailureOfAServerIsRead(t *testing.T) {
	t.Parallel()
	got, err := wire.DecodeFailure([]byte(`{"data": {"n":9007199254740993},"message":"no \u0061","code":-32021,"other":1}`), limits)
	if err != nil || got.Code != -32021 || got.Message != "no a" || string(got.Data) != `{"n":9007199254740993}` || got.Status != 200 {
		t.Errorf("DecodeFailure = %+v, %v", got, err)
	}
	if got, err := wire.DecodeFailure([]byte(`{"code":1,"message":""}`), limits); err != nil || got.Data != nil || got.Code != 1 {
		t.Errorf("without data: %+v, %v", got, err)
	}
	for text, why := range map[string]string{
		`{"message":"m"}`: "error.code", `{"code":"1","message":"m"}`: "error.code", `{"code":1.5,"message":"m"}`: "error.code",
		`{"code":1e3,"message":"m"}`: "error.code", `{"code":99999999999999999999,"message":"m"}`: "error.code",
		`{"code":1}`: "error.message", `{"code":1,"message":null}`: "error.message", `{"code":1,"code":2,"message":"m"}`: "occurs twice",
		`[]`: "not a JSON object",
	} {
		if got, err := wire.DecodeFailure([]byte(text), limits); err == nil || got != nil || !strings.Contains(err.Error(), why) {
			t.Errorf("DecodeFailure(%s) = %v, %v; want an error with %q", text, got, err, why)
		}
	}
}

func TestRelayedCodeIsOneThatTheClientsEraDefines(t *testing.T) {
	t.Parallel()
	const legacy, modern = wire.Legacy, wire.Modern
	for _, row := range []struct {
		name         string
		code         int
		data         string
		from, to     wire.Era
		want, status int
	}{
		{"of JSON-RPC", -32700, ``, legacy, legacy, -32700, 200},
		{"of JSON-RPC, modern", -32600, ``, modern, modern, -32600, 200},
		{"parameters", -32602, ``, modern, modern, -32602, 200},
		{"internal", -32603, ``, modern, modern, -32603, 200},
		{"method, modern", -32601, ``, legacy, modern, -32601, 404},
		{"method, legacy", -32601, ``, modern, legacy, -32601, 200},
		{"of an application", 42, ``, modern, modern, 42, 200},
		{"of an application, negative", -31999, ``, legacy, legacy, -31999, 200},
		{"of an application below what is reserved", -32769, ``, modern, legacy, -32769, 200},
		{"resource not found, legacy", -32002, `{"uri":"x"}`, legacy, legacy, -32002, 200},
		{"resource not found for a modern client", -32002, `{"uri":"x"}`, legacy, modern, -32602, 200},
		{"resource not found of a modern server that says it as before", -32002, ``, modern, modern, -32602, 200},
		{"resource not found for a legacy client", -32602, `{"uri":"x"}`, modern, legacy, -32002, 200},
		{"parameters for a legacy client", -32602, `{"reason":"x"}`, modern, legacy, -32602, 200},
		{"parameters without data for a legacy client", -32602, ``, modern, legacy, -32602, 200},
		{"parameters with data that is no object", -32602, `"uri"`, modern, legacy, -32602, 200},
		{"parameters of one era", -32602, `{"uri":"x"}`, legacy, legacy, -32602, 200},
		{"URL, legacy", -32042, `{}`, legacy, legacy, -32042, 200},
		{"URL, modern", -32042, `{}`, legacy, modern, -32603, 200},
		{"capability, modern", -32021, `{}`, modern, modern, -32021, 400},
		{"capability, legacy", -32021, `{}`, modern, legacy, -32603, 200},
		{"our headers", -32020, ``, modern, modern, -32603, 200},
		{"our version", -32022, `{}`, modern, modern, -32603, 200},
		{"our version, legacy", -32022, `{}`, modern, legacy, -32603, 200},
		{"undefined", -32050, ``, modern, modern, -32603, 200},
		{"undefined, legacy", -32050, ``, legacy, legacy, -32603, 200},
		{"of a legacy server", -32001, ``, legacy, legacy, -32001, 200},
		{"the last of a legacy server", -32000, `{"n":1}`, legacy, legacy, -32000, 200},
		{"the first of a legacy server", -32019, ``, legacy, legacy, -32019, 200},
		{"below those of a legacy server", -32020, ``, legacy, legacy, -32603, 200},
		{"of a legacy server for a modern client", -32001, ``, legacy, modern, -32603, 200},
		{"of a modern server for a legacy client", -32001, ``, modern, legacy, -32603, 200},
		{"the last reserved", -32000, ``, legacy, modern, -32603, 200},
		{"the first reserved", -32768, ``, legacy, modern, -32603, 200},
		{"between", -32500, ``, modern, modern, -32603, 200},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			e := &wire.Error{Code: row.code, Message: "what it says", Data: []byte(row.data), Status: 200}
			got := e.Relay(row.from, row.to)
			if got.Code != row.want || got.Status != row.status || got.Message != e.Message || string(got.Data) != row.data {
				t.Errorf("Relay = %+v, want code %d and status %d", got, row.want, row.status)
			}
		})
	}
}
