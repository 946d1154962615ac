// Package audittest writes records as an organization's people cause them, for tests
// and measurements. It repeats itself: the same number gives the same records, but for
// what a real one would have at random.
package audittest

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"gatehouse/internal/audit"
	"gatehouse/internal/authz"
	"gatehouse/internal/tenants"
)

// Journal writes records, one after the other.
type Journal struct {
	Org    tenants.ID
	TID    tenants.TID
	People []tenants.GUID // who acts
	Now    time.Time      // of the next record
	Pace   time.Duration  // from one record to the next, on average

	random *rand.Rand
	chacha *rand.ChaCha8
	names  []string
}

// New returns a journal of an organization with so many people.
func New(org tenants.ID, number uint64, people int, from time.Time) *Journal {
	var seed [32]byte
	binary.LittleEndian.PutUint64(seed[:], number)
	j := &Journal{Org: org, Now: from.UTC(), Pace: time.Second, chacha: rand.NewChaCha8(seed)}
	j.random = rand.New(j.chacha) //nolint:gosec // it is to repeat itself
	j.TID = tenants.TID{GUID: j.guid()}
	first, last := strings.Fields("Alice Bob Carol Dan Erin Frank Grace Heidi Ivan Judy Mallory Niaj Olivia Peggy Rupert Sybil"), strings.Fields("Anders Brandt Costa Dvorak Eriksen Fontaine Garcia Huber Ito Jansen")
	for range people {
		j.People = append(j.People, j.guid())
		j.names = append(j.names, first[j.random.IntN(len(first))]+" "+last[j.random.IntN(len(last))])
	}
	return j
}

func (j *Journal) guid() tenants.GUID {
	id := j.id()
	return tenants.MustGUID(id.String())
}

func (j *Journal) id() (id audit.ID) {
	_, _ = j.chacha.Read(id[:])
	id[6], id[8] = id[6]&0x0f|0x40, id[8]&0x3f|0x80
	return id
}

// next returns an id that is later than those before it.
func (j *Journal) next() audit.ID {
	id := j.id()
	stamp := uint64(j.Now.UnixMilli())<<16 | 0x7000 | uint64(j.Now.Nanosecond()/1000%1000)<<2 //nolint:gosec // it is after 1970
	binary.BigEndian.PutUint64(id[:8], stamp)
	return id
}

func (j *Journal) text(bytes int) []byte {
	b := make([]byte, bytes)
	_, _ = j.chacha.Read(b)
	return b
}

// Row returns the next record as an outbox has it.
func (j *Journal) Row() audit.Row {
	r := j.Record()
	payload, err := audit.Encode(r)
	if err != nil {
		panic(err)
	}
	return audit.Row{ID: r.ID, Org: r.Org, At: r.At, Kind: r.Kind, Payload: payload}
}

// Record returns the next record: most are calls of tools.
func (j *Journal) Record() audit.Record {
	j.Now = j.Now.Add(time.Duration(j.random.Int64N(int64(2 * j.Pace))))
	who := int(float64(len(j.People)) * j.random.Float64() * j.random.Float64())
	r := audit.Record{
		ID: j.next(), Org: j.Org, At: j.Now.Truncate(time.Microsecond), Phase: audit.Instant,
		Actor:  audit.Actor{TID: j.TID, OID: j.People[who], Kind: "user", Name: j.names[who], Delegated: true},
		Client: clients[j.random.IntN(len(clients))], Scopes: []string{"access_as_user"},
		TokenID: base64.RawURLEncoding.EncodeToString(j.text(16)), TokenSession: "00" + hex.EncodeToString(j.text(2)) + "d1-2f3a-4b5c-8d7e-" + hex.EncodeToString(j.text(6)),
		Roles: []string{"staff"}, MembershipSource: authz.SourceGraph, MembershipAgeSeconds: j.random.Int64N(900), Policy: 12 + j.random.Int64N(4),
		Endpoint: "/t/contoso/mcp", Source: fmt.Sprintf("203.0.%d.0/24", 100+j.random.IntN(20)), TraceID: hex.EncodeToString(j.text(16)),
	}
	switch n := j.random.IntN(100); {
	case n < 80:
		j.call(&r)
	case n < 88:
		r.Kind, r.Session, r.TokenSession = audit.Authentication, "", ""
	case n < 95:
		r.Kind, r.Method, r.Count = audit.List, "tools/list", 20+j.random.Int64N(9)
		r.NamesDigest = sha256.Sum256(j.text(1))
	case n < 97:
		r.Kind, r.Target, r.Subject = audit.Revocation, "revoked person", audit.Subject{OID: j.People[j.random.IntN(len(j.People))], Name: "Grace Huber"}
		r.After = `{"reason":"laptop lost"}`
	default:
		r.Kind, r.Target, r.Detail = audit.ConfigChange, "assignment", "role staff, group Finance"
		r.Before, r.After = "{}", `{"assignment `+j.guid().String()+`":{"role":"staff","group":"`+j.guid().String()+`"}}`
	}
	return r
}

var clients = []string{"aebc6443-996d-45c2-90f0-388ff96faa56", "https://claude.ai/.well-known/client.json", "gh_3vqk5z2m7x4c6b8n9a0s1d2f3g"}

var called = []struct {
	name   string
	effect audit.Effect
	reason string
}{
	{"whoami", audit.Read, ""},
	{"notes_search", audit.Read, ""},
	{"notes_create", audit.Write, ""},
	{"tickets_list", audit.Read, ""},
	{"tickets_close", audit.Write, ""},
	{"payroll_get_employee", audit.Read, ""},
	{"payroll_run_payment", audit.Destructive, ""},
	{"crm_find_contact", audit.Read, ""},
	{"crm_delete_contact", audit.Destructive, "unknown_tool"},
}

// call makes the record one of a tool: its outcome, or its intent.
func (j *Journal) call(r *audit.Record) {
	tool := called[j.random.IntN(len(called))]
	r.Kind, r.Phase, r.Call, r.Method, r.Tool, r.Effect = audit.ToolCall, audit.Result, r.ID, "tools/call", tool.name, tool.effect
	r.Session, r.Request = j.guid().String(), fmt.Sprint(1+j.random.IntN(400))
	r.ArgumentsBytes, r.DigestSalt = 20+j.random.Int64N(400), audit.Salt(j.text(16))
	r.ArgumentsDigest, r.Definition = audit.Digest(j.text(32)), sha256.Sum256([]byte(tool.name))
	if i := strings.IndexByte(tool.name, '_'); i > 0 {
		r.Origin, r.OwnName = tenants.MustGUID("5afe0000-0000-4000-8000-00000000000"+fmt.Sprint(len(tool.name)%10)), tool.name[i+1:]
	}
	switch {
	case tool.reason != "":
		r.Outcome, r.Reason, r.Effect, r.Definition, r.Origin, r.OwnName = audit.Refused, tool.reason, "", audit.Digest{}, tenants.GUID{}, ""
	case tool.effect != audit.Read && j.random.IntN(2) == 0:
		r.Phase, r.Call = audit.Intent, j.id()
		return
	default:
		r.Outcome, r.ResultBytes, r.ResultDigest = audit.OK, 100+j.random.Int64N(5000), audit.Digest(j.text(32))
	}
	r.DurationMicros = 900 + j.random.Int64N(200_000)
}
