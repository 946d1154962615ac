package search

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"

	"gatehouse/internal/audit"
	"gatehouse/internal/audit/proof"
	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/secrets"
	"gatehouse/internal/tenants"
)

// BodyStore is where bodies lie, and who may read them.
type BodyStore interface {
	// CallBodies returns what is kept of a call, encrypted.
	CallBodies(ctx context.Context, org tenants.ID, call audit.ID) ([]audit.Body, error)
	// MayReadBodies reports whether somebody has the permission now. No role includes it.
	MayReadBodies(ctx context.Context, org tenants.ID, who tenants.Grantee) (bool, error)
}

// Standing is how a body stands to the record that commits to it.
type Standing string

// The standings.
const (
	ProvenBody  Standing = "proven"  // the record, which is as it was sealed, commits to this very text
	AlteredBody Standing = "altered" // it does not, or the record is not as it was sealed
	GoneBody    Standing = "gone"    // the record commits to a body that is not there any more
	ErasedBody  Standing = "erased"  // the person has been erased whose call it was
)

// BodyShown is one body of a call.
type BodyShown struct {
	Part     audit.Part
	Standing Standing
	Text     audit.Text // of what is gone or erased nothing, and of what cannot be decrypted
}

// Bodies are what a record's call was given and has answered, as far as that is kept.
type Bodies struct {
	Seq    int64
	Call   audit.ID
	Bodies []BodyShown
}

// Reading is a wish to read the bodies of a call.
type Reading struct {
	Who    tenants.Grantee // as the permission names them
	Record audit.ID        // of the intent or the outcome
	Reason string          // as it was typed
}

// errNoBodies is of a record of which no body is, or was, kept.
var errNoBodies = fault.New(fault.NotFound, "no body was recorded with this call: no recording of the organization wanted it, or it did not come so far")

// errNoPermission is the answer to whoever lacks the permission, whatever their role.
var errNoPermission = fault.New(fault.Forbidden, "you have no permission to read the bodies of calls: no role includes it; an owner grants it by name, for 30 days at most")

// ReadBodies returns the bodies of a call once it is on record that somebody is about to
// have them. Without the permission it is Forbidden, which is on record too. A reason
// that breaks a rule is Invalid; a record that is not there, or has no body, NotFound;
// one that is not sealed yet is Unavailable.
func (r *Reader) ReadBodies(ctx context.Context, by authz.Caller, in Reading) (Bodies, error) {
	if err := tenants.CheckBodyReason(in.Reason); err != nil {
		return Bodies{}, err
	}
	may, err := r.Bodies.MayReadBodies(ctx, by.Org(), in.Who)
	if err != nil {
		return Bodies{}, err
	}
	event := audit.Event{Kind: audit.BodyRead, Target: "record " + in.Record.String(), Detail: in.Reason, Outcome: audit.OK}
	if !may {
		event.Outcome, event.Reason = audit.Refused, "no_permission"
		if err := r.Record(ctx, by, event); err != nil {
			return Bodies{}, err
		}
		return Bodies{}, errNoPermission
	}
	l, row, leaf, err := r.found(ctx, by.Org(), in.Record)
	if err != nil {
		return Bodies{}, err
	}
	opened, err := l.read(row, leaf)
	if err != nil {
		return Bodies{}, err
	}
	record := l.judge(opened)
	out, err := r.bodies(ctx, l, record)
	if err != nil {
		return Bodies{}, err
	}
	return out, r.Record(ctx, by, event)
}

// bodies opens what is kept of a record's call.
func (r *Reader) bodies(ctx context.Context, l *ledger, record Record) (Bodies, error) {
	var call string
	_ = json.Unmarshal(valueOf(record.Record, "call"), &call)
	out := Bodies{Seq: record.Seq}
	id, err := audit.ParseID(call)
	if out.Call = id; err != nil {
		return out, errNoBodies
	}
	kept, err := r.Bodies.CallBodies(ctx, l.org, out.Call)
	if err != nil {
		return out, err
	}
	for _, part := range []audit.Part{audit.ArgumentsPart, audit.ResultPart} {
		shown, there, err := l.body(record, part, kept)
		if err != nil {
			return out, err
		}
		if there {
			out.Bodies = append(out.Bodies, shown)
		}
	}
	if len(out.Bodies) == 0 {
		return out, errNoBodies
	}
	return out, nil
}

// body opens one body and holds it against what the record commits to.
func (l *ledger) body(record Record, part audit.Part, kept []audit.Body) (shown BodyShown, there bool, err error) {
	shown.Part = part
	committed, said := digestIn(record.Record, string(part)+"_body")
	b, stored := partOf(kept, part)
	switch {
	case !said && (!stored || record.Trouble == None):
		return shown, false, nil // the intent says nothing of the result
	case !stored:
		shown.Standing = GoneBody
		if _, there := saltIn(record.Record); !there && record.Trouble == None {
			shown.Standing = ErasedBody
		}
		return shown, true, nil
	}
	plain, err := l.opener.OpenBody(b)
	switch {
	case err != nil && fault.KindOf(err) == fault.NotFound:
		shown.Standing = ErasedBody
		return shown, true, nil
	case err != nil && !errors.Is(err, secrets.ErrAltered):
		return shown, false, err
	case err != nil:
		shown.Standing = AlteredBody
		return shown, true, nil //nolint:nilerr // it says so
	}
	shown.Standing = AlteredBody
	if salt, there := saltIn(record.Record); there && record.Trouble == None && audit.DigestBody(salt, part, plain) == committed {
		shown.Standing = ProvenBody
	}
	if shown.Text, err = audit.ParseText(plain); err != nil {
		shown.Standing = AlteredBody
	}
	return shown, true, nil
}

func partOf(kept []audit.Body, part audit.Part) (audit.Body, bool) {
	for _, b := range kept {
		if b.Part == part {
			return b, true
		}
	}
	return audit.Body{}, false
}

// digestIn reads a digest of a record. That there was one is known of a field that was
// erased, too.
func digestIn(r proof.Record, name string) (d audit.Digest, there bool) {
	for _, f := range r.Fields {
		if f.Name == name {
			there = true
		}
	}
	return d, hexIn(r, name, d[:]) || there
}

func saltIn(r proof.Record) (s audit.Salt, there bool) {
	there = hexIn(r, "digest_salt", s[:])
	return s, there
}

// hexIn fills to with a field of hexadecimal digits, and reports whether it did.
func hexIn(r proof.Record, name string, to []byte) bool {
	var text string
	v := valueOf(r, name)
	if v == nil || json.Unmarshal(v, &text) != nil || hex.DecodedLen(len(text)) != len(to) {
		return false
	}
	_, err := hex.Decode(to, []byte(text))
	return err == nil
}
