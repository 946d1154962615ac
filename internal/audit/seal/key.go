package seal

import (
	"encoding/base64"
	"encoding/json"

	"gatehouse/internal/audit"
	"gatehouse/internal/audit/proof"
	"gatehouse/internal/fault"
)

// keyText is a key as the record of a succession has it: before and after.
func keyText(k proof.Key) string { return `{"key":"` + k.String() + `"}` }

// signatureText is a signature as the record of a succession has it: detail.
func signatureText(signature []byte) string { return base64.StdEncoding.EncodeToString(signature) }

// SuccessionIn reads how a key has named the next one, from the fields of a record of
// kind log_key. What is none is Invalid; one by which a key was lost has no signature.
// It does not check it.
func SuccessionIn(value func(name string) []byte) (s proof.Succession, err error) {
	var kind, before, after, detail string
	for name, to := range map[string]*string{"kind": &kind, "before": &before, "after": &after, "detail": &detail} {
		if v := value(name); v != nil && json.Unmarshal(v, to) != nil {
			return s, fault.Newf(fault.Invalid, "field %s of a record about keys is no text", name)
		}
	}
	if kind != string(audit.LogKey) {
		return s, fault.New(fault.Invalid, "the record is not about keys")
	}
	if s.From, err = keyIn(before); err != nil {
		return s, err
	}
	if s.To, err = keyIn(after); err != nil {
		return s, err
	}
	if s.Signature, err = base64.StdEncoding.Strict().DecodeString(detail); err != nil {
		return s, fault.New(fault.Invalid, "the signature of a record about keys is not in base64")
	}
	return s, nil
}

func keyIn(text string) (proof.Key, error) {
	var shown struct {
		Key string `json:"key"`
	}
	if err := json.Unmarshal([]byte(text), &shown); err != nil {
		return proof.Key{}, fault.New(fault.Invalid, "a record about keys names none")
	}
	return proof.ParseKey(shown.Key)
}
