package entra_test

import (
	"encoding/json"
	"reflect"
	"testing"

	"gatehouse/internal/entra"
)

// FuzzClaims holds the decoder to encoding/json: what the strict decoder accepts
// is JSON, and both read the same claims in it.
func FuzzClaims(f *testing.F) {
	for _, seed := range []string{
		string(must(json.Marshal(delegated()))), string(must(json.Marshal(appOnly()))), `{}`, `{"oid":"x","oid":"y"}`, `{"ſcp":"x"}`,
		`{"iss":"\ud83d\ude00\/","exp":1,"x":[[[{"a":1e9}]]]}`, `{"exp":-0}`, `{"scp":"\u0000"}`, `{"acrs":["c1","c99"],"nonce":"n","auth_time":1790000000}`, `{"acrs":"c1"}`, `{"acrs":[["c1"]]}`, `{"Acrs":["c1"]}`, `{"groups":["90000000-0000-4000-8000-000000000001"],"hasgroups":true}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, payload string) {
		ours, err := entra.DecodeForTest(payload)
		if err != nil {
			return
		}
		var theirs struct {
			Iss   string   `json:"iss"`
			Aud   string   `json:"aud"`
			Scp   string   `json:"scp"`
			Oid   string   `json:"oid"`
			Name  string   `json:"name"`
			Exp   int64    `json:"exp"`
			Roles []string `json:"roles"`
			Acrs  []string `json:"acrs"`
			Nonce string   `json:"nonce"`
		}
		if err := json.Unmarshal([]byte(payload), &theirs); err != nil {
			t.Fatalf("accepted what encoding/json refuses: %v", err)
		}
		if len(theirs.Roles) == 0 {
			theirs.Roles = nil
		}
		if len(theirs.Acrs) == 0 {
			theirs.Acrs = nil
		}
		want := entra.DecodedForTest{Iss: theirs.Iss, Aud: theirs.Aud, Scp: theirs.Scp, Name: theirs.Name, Exp: theirs.Exp, Roles: theirs.Roles, Acrs: theirs.Acrs, Nonce: theirs.Nonce, HasOID: theirs.Oid != "" && theirs.Oid != zeroGUID}
		if !reflect.DeepEqual(ours, want) {
			t.Errorf("read %+v, encoding/json reads %+v", ours, want)
		}
	})
}

const zeroGUID = "00000000-0000-0000-0000-000000000000"

// FuzzOwnClaims is the same for tokens of ours.
func FuzzOwnClaims(f *testing.F) {
	for _, seed := range []string{
		string(must(json.Marshal(owned()))), `{}`, `{"aud":"x","aud":"y"}`, `{"\u017fcope":"x"}`, `{"Scope":"x"}`, `{"aud":["x"]}`, `{"exp":1e9}`, `{"acct":2}`, `{"acct":1,"acrs":["c1",7]}`,
		`{"connection":"c0220000-0000-4000-8000-000000000001","software":"a\u0000"}`, `{"cnf":{"kid":"x"},"name":"\ud83d\ude00"}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, payload string) {
		ours, err := entra.DecodeOwnForTest(payload)
		if err != nil {
			return
		}
		var theirs struct {
			Iss        string   `json:"iss"`
			Aud        string   `json:"aud"`
			Sub        string   `json:"sub"`
			Client     string   `json:"client_id"`
			Software   string   `json:"software"`
			Scope      string   `json:"scope"`
			Name       string   `json:"name"`
			Exp        int64    `json:"exp"`
			Iat        int64    `json:"iat"`
			Acct       int      `json:"acct"`
			Acrs       []string `json:"acrs"`
			Connection string   `json:"connection"`
		}
		if err := json.Unmarshal([]byte(payload), &theirs); err != nil {
			t.Fatalf("accepted what encoding/json refuses: %v", err)
		}
		if len(theirs.Acrs) == 0 {
			theirs.Acrs = nil
		}
		want := entra.DecodedOwnForTest{
			Iss: theirs.Iss, Aud: theirs.Aud, Sub: theirs.Sub, Client: theirs.Client, Software: theirs.Software, Scope: theirs.Scope, Name: theirs.Name,
			Exp: theirs.Exp, Iat: theirs.Iat, Guest: theirs.Acct == 1, Acrs: theirs.Acrs, HasConnection: theirs.Connection != "" && theirs.Connection != zeroGUID,
		}
		if !reflect.DeepEqual(ours, want) {
			t.Errorf("read %+v, encoding/json reads %+v", ours, want)
		}
	})
}
