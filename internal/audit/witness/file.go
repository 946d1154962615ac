package witness

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"

	"gatehouse/internal/audit/proof"
	"gatehouse/internal/fault"
)

// Format is what a Proof calls itself.
const Format = "gatehouse platform proof v1"

// Most is how many bytes a Proof has at most.
const Most = 256 << 10

// Proof is what proves something about the platform's log. Its members are in
// ascending order, so that it has one spelling.
type Proof struct {
	Consistency *Growth      `json:"consistency,omitempty"` // with an earlier checkpoint of the platform
	Entry       *Entry       `json:"entry,omitempty"`       // that an organization's checkpoint is in it
	Format      string       `json:"format"`
	Platform    string       `json:"platform"` // its checkpoint that all of this is about, signed
	Successions []Succession `json:"successions"`
}

// Growth says that a log begins with what it was at a smaller size.
type Growth struct {
	Hashes []string `json:"hashes"` // in base64
	Size   int64    `json:"size"`
}

// Entry says that an organization's checkpoint is in the log.
type Entry struct {
	Checkpoint string   `json:"checkpoint"`     // of the organization, signed
	Hashes     []string `json:"hashes"`         // in base64: the path from the leaf
	Held       *Growth  `json:"held,omitempty"` // with an earlier checkpoint of the organization
	Salt       string   `json:"salt"`
	Seq        int64    `json:"seq"` // number of the entry
}

// Succession is how a key of the platform's log named the next.
type Succession struct {
	From      string `json:"from"`
	Signature string `json:"signature"`
	To        string `json:"to"`
}

// SuccessionOf returns a succession as a Proof has it.
func SuccessionOf(s proof.Succession) Succession {
	return Succession{s.From.String(), base64.StdEncoding.EncodeToString(s.Signature), s.To.String()}
}

// Texts returns hashes as a Proof has them.
func Texts(hashes []proof.Hash) []string {
	all := make([]string, len(hashes))
	for i, h := range hashes {
		all[i] = base64.StdEncoding.EncodeToString(h[:])
	}
	return all
}

// Bytes returns the file: one line of JSON.
func (p Proof) Bytes() ([]byte, error) {
	p.Format = Format
	if p.Successions == nil {
		p.Successions = []Succession{}
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(p); err != nil {
		return nil, fmt.Errorf("write proof: %w", err)
	}
	return b.Bytes(), nil
}

// Parse reads what Bytes returns, and nothing else.
func Parse(file []byte) (p Proof, err error) {
	if len(file) > Most {
		return p, fault.Newf(fault.Invalid, "the file is longer than %d bytes", Most)
	}
	if err := json.Unmarshal(file, &p); err != nil || p.Format != Format {
		return p, fault.Wrap(fault.Invalid, "the file is no proof of a platform's log: "+Format, err)
	}
	again, err := p.Bytes()
	if err != nil || !bytes.Equal(again, file) {
		return p, fault.Wrap(fault.Invalid, "the proof is not spelled as proofs are", err)
	}
	return p, nil
}

func readHashes(texts []string) ([]proof.Hash, error) {
	all := make([]proof.Hash, len(texts))
	for i, text := range texts {
		var err error
		if all[i], err = proof.ParseHash(text); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func readSalt(text string) (s Salt, err error) {
	h, err := proof.ParseHash(text) // which has as many bytes
	if err != nil {
		return s, fault.Newf(fault.Invalid, "%.60q is no salt, which is 32 bytes in base64", text)
	}
	return Salt(h), nil
}

func (s Succession) read() (out proof.Succession, err error) {
	if out.From, err = proof.ParseKey(s.From); err != nil {
		return out, err
	}
	if out.To, err = proof.ParseKey(s.To); err != nil {
		return out, err
	}
	out.Signature, err = base64.StdEncoding.Strict().DecodeString(s.Signature)
	if err != nil || strings.ContainsAny(s.Signature, "\r\n") {
		return out, fault.New(fault.Invalid, "a succession has no signature in base64")
	}
	return out, nil
}
