package entra_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"gatehouse/internal/entra"
)

// signed is a token whose payload is the text, with a good signature.
func signed(payload string) string {
	return sign(`{"typ":"JWT","alg":"RS256","kid":"k1"}`, payload, "contoso")
}

// plus returns Alice's claims as JSON with more members in front.
func plus(members string) string {
	return "{" + members + "," + string(must(json.Marshal(delegated())))[1:]
}

// TestTokenHasOneMeaning signs payloads that two readers of JSON could read
// differently. A signature does not excuse them: which reader signed is unknown.
func TestTokenHasOneMeaning(t *testing.T) {
	t.Parallel()
	other := `"a11ce000-0000-4000-8000-000000000009"`
	deep := strings.Repeat("[", 20) + strings.Repeat("]", 20)
	many := &strings.Builder{}
	for i := range 130 {
		fmt.Fprintf(many, `"c%d":1,`, i)
	}
	v, a := newEntra().verifier(), accepting(t)
	for name, payload := range map[string]string{
		"duplicate":                      plus(`"oid":` + other),
		"duplicate by escape":            plus(`"\u006fid":` + other),
		"duplicate of an unknown claim":  plus(`"aio":"x"`),
		"duplicate below":                plus(`"x":{"a":1,"a":2}`),
		"duplicate in _claim_names":      plus(`"_claim_names":{"groups":"a","groups":"b"}`),
		"case variant":                   plus(`"OID":` + other),
		"case variant by title":          plus(`"Roles":["admin"]`),
		"case variant by Unicode":        plus(`"\u017fcp":"admin"`),
		"case variant by Unicode, plain": plus(`"ſcp":"admin"`),
		"trailing text":                  plus(`"x":1`) + "x",
		"trailing object":                plus(`"x":1`) + "{}",
		"comment":                        "/**/" + plus(`"x":1`),
		"byte order mark":                "\ufeff" + plus(`"x":1`),
		"invalid UTF-8":                  plus("\"x\":\"\xff\""),
		"lone surrogate":                 plus(`"x":"\ud800"`),
		"surrogates in reverse":          plus(`"x":"\udc00\ud800"`),
		"surrogate and letter":           plus(`"x":"\ud800a"`),
		"bad escape":                     plus(`"x":"\x41"`),
		"short escape":                   plus(`"x":"\u12"`),
		"control character":              plus("\"x\":\"\x01\""),
		"single quotes":                  plus(`'x':1`),
		"bare name":                      plus(`x:1`),
		"leading zero":                   plus(`"x":01`),
		"plus sign":                      plus(`"x":+1`),
		"bare minus":                     plus(`"x":-`),
		"open fraction":                  plus(`"x":1.`),
		"open exponent":                  plus(`"x":1e`),
		"not a number":                   plus(`"x":NaN`),
		"open string":                    `{"x":"`,
		"open object":                    `{"x":1`,
		"open array":                     `{"x":[1`,
		"comma at the end":               `{"x":1,}`,
		"comma in an array":              `{"x":[1,]}`,
		"no colon":                       `{"x" 1}`,
		"only a name":                    `{"x"}`,
		"too deep":                       plus(`"x":` + deep),
		"too many members":               plus(strings.TrimSuffix(many.String(), ",")),
		"nothing":                        " ",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wantRefusal(t, v, a, signed(payload), entra.Malformed)
		})
	}
}

func TestKnownClaimsHaveTheirType(t *testing.T) {
	t.Parallel()
	v, a := newEntra().verifier(), accepting(t)
	for _, member := range []string{
		`"iss":["x"]`, `"tid":1`, `"tid":"contoso"`, `"oid":"alice"`, `"oid":"{a11ce000-0000-4000-8000-000000000001}"`,
		`"aud":["aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa"]`, `"aud":null`, `"exp":"1790003600"`, `"exp":1790003600.5`, `"exp":1.79e9`, `"exp":-1`,
		`"exp":9999999999999`, `"exp":99999999999999999999`, `"nbf":null`, `"iat":true`, `"scp":["access_as_user"]`, `"scp":null`, `"roles":"Tools.Execute.All"`,
		`"roles":[1]`, `"roles":{"a":1}`, `"groups":"x"`, `"groups":[1]`, `"wids":["x"]`, `"hasgroups":"true"`, `"_claim_names":[]`, `"acct":"1"`, `"acct":2`, `"acct":true`,
		`"idtyp":1`, `"azp":null`, `"xms_cc":"cp1"`, `"xms_act_fct":[11]`, `"sid":"a\u0000b"`, `"uti":"a\nb"`, `"roles":["a\u0007"]`, `"name":1`,
		`"acrs":"c1"`, `"acrs":[1]`, `"acrs":null`, `"acrs":[["c1"]]`, `"acrs":["c1\u0000"]`, `"nonce":1`, `"auth_time":"1790000000"`,
	} {
		t.Run(member, func(t *testing.T) {
			t.Parallel()
			quoted, _, _ := strings.Cut(member, ":")
			name := strings.Trim(quoted, `"`)
			rest := string(must(json.Marshal(with(delegated(), object{name: nil}))))
			wantRefusal(t, v, a, signed("{"+member+","+rest[1:]), entra.Malformed)
		})
	}
}

func TestUnknownClaimsAreReadOver(t *testing.T) {
	t.Parallel()
	got := wantToken(t, newEntra().verifier(), accepting(t), signed(" \n"+plus(
		`"Extension_X":null,"x":[{"a":[1,-0.5e+3,true,false,null,"\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00"]},[],{}],"oid2":"x" , "login_hint" : "O.x"`)+"\t\r\n"))
	if got.Identity.OID != alice {
		t.Errorf("identity %+v", got.Identity)
	}
}

func TestEscapesAreRead(t *testing.T) {
	t.Parallel()
	rest := string(must(json.Marshal(with(delegated(), object{"iss": nil, "name": nil, "preferred_username": nil}))))
	got := wantToken(t, newEntra().verifier(), accepting(t), signed(`{"i\u0073s":"`+strings.ReplaceAll(contosoV2, "/", `\/`)+`","name":"\u0041l\u00efce \ud83d\ude00",`+rest[1:]))
	if got.Identity.Name != "Alïce 😀" {
		t.Errorf("name %q", got.Identity.Name)
	}
}
