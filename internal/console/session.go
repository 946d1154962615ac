package console

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"

	"gatehouse/internal/fault"
	"gatehouse/internal/telemetry"
)

// SessionStore keeps sessions of the console. It sees neither tokens nor who
// they are for: only a hash and what is encrypted.
type SessionStore interface {
	// SaveSession adds a session, or replaces the one with that hash. One that was
	// deleted stays deleted: NotFound.
	SaveSession(ctx context.Context, hash [32]byte, expires time.Time, ciphertext []byte) error
	// FindSession returns a session and when it expires. One that does not exist
	// is a fault of kind NotFound.
	FindSession(ctx context.Context, hash [32]byte) (ciphertext []byte, expires time.Time, err error)
	// TouchSession moves the expiry of a session that exists, and does nothing
	// to one that does not: a request under way must not bring back a session
	// that has just been ended.
	TouchSession(ctx context.Context, hash [32]byte, expires time.Time) error
	// DeleteSession ends a session. One that does not exist is ended already.
	DeleteSession(ctx context.Context, hash [32]byte) error
}

// Encrypter encrypts what belongs to no organization. A ciphertext opens only
// under the label it was made with.
type Encrypter interface {
	Encrypt(ctx context.Context, label string, plaintext []byte) ([]byte, error)
	Decrypt(ctx context.Context, label string, ciphertext []byte) ([]byte, error)
}

// How long a session lives: without a request, and at most.
const (
	idleLife     = 30 * time.Minute
	absoluteLife = 8 * time.Hour

	// touchEvery spares the database a write for every request.
	touchEvery = time.Minute
)

// The names of the session cookie. The prefix makes browsers refuse it without
// Secure, with a Domain, or for a narrower path (RFC 6265bis §4.1.3.2); over
// plain http, in development on loopback, they would refuse it always.
const (
	cookieName      = "__Host-gatehouse"
	plainCookieName = "gatehouse"
)

func (c *Console) newSessions() *scs.SessionManager {
	m := scs.New()
	m.Lifetime = absoluteLife
	m.Store = sessions{c}
	m.Codec = codec{}
	m.Cookie = scs.SessionCookie{
		Name: cookieName, Path: "/", HttpOnly: true, Secure: true, SameSite: http.SameSiteLaxMode,
	}
	if c.Base.Scheme == "http" {
		m.Cookie.Name, m.Cookie.Secure = plainCookieName, false
	}
	m.ErrorFunc = func(w http.ResponseWriter, r *http.Request, err error) {
		c.Log.ErrorContext(r.Context(), "session cannot be kept", slog.String(telemetry.LogRequest, r.Header.Get(requestID)), telemetry.Err(err))
		c.fail(w, r, unreadable(err))
	}
	return m
}

// sessions adapts the store to scs. Both ends of a session's life are kept
// here: the absolute one beside the data, encrypted; the idle one as the row's
// expiry.
type sessions struct{ c *Console }

func (s sessions) FindCtx(ctx context.Context, token string) ([]byte, bool, error) {
	hash := sha256.Sum256([]byte(token))
	ciphertext, expires, err := s.c.Sessions.FindSession(ctx, hash)
	now := s.c.Now()
	switch {
	case err != nil && fault.KindOf(err) == fault.NotFound, err == nil && !now.Before(expires):
		return nil, false, nil
	case err != nil:
		return nil, false, err
	}
	plain, err := s.c.Encrypter.Decrypt(ctx, sessionLabel(hash), ciphertext)
	if err != nil || len(plain) < 8 {
		return nil, false, errors.Join(errors.New("session cannot be decrypted"), err)
	}
	end := time.Unix(int64(binary.BigEndian.Uint64(plain)), 0) //nolint:gosec // authenticated
	if !now.Before(end) {
		return nil, false, nil
	}
	if next := earlier(end, now.Add(idleLife)); next.Sub(expires) > touchEvery {
		err = s.c.Sessions.TouchSession(ctx, hash, next)
	}
	return plain[8:], true, err
}

func (s sessions) CommitCtx(ctx context.Context, token string, data []byte, end time.Time) error {
	hash := sha256.Sum256([]byte(token))
	plain := binary.BigEndian.AppendUint64(nil, uint64(end.Unix())) //nolint:gosec // after 1970
	ciphertext, err := s.c.Encrypter.Encrypt(ctx, sessionLabel(hash), append(plain, data...))
	if err != nil {
		return err
	}
	return s.c.Sessions.SaveSession(ctx, hash, earlier(end, s.c.Now().Add(idleLife)), ciphertext)
}

func (s sessions) DeleteCtx(ctx context.Context, token string) error {
	return s.c.Sessions.DeleteSession(ctx, sha256.Sum256([]byte(token)))
}

var errNoContext = errors.New("sessions are kept with a context only")

func (sessions) Find(string) ([]byte, bool, error)      { return nil, false, errNoContext }
func (sessions) Commit(string, []byte, time.Time) error { return errNoContext }
func (sessions) Delete(string) error                    { return errNoContext }

func sessionLabel(hash [32]byte) string { return "console session " + hex.EncodeToString(hash[:]) }

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// codec writes sessions as JSON: a session outlives the process that made it,
// and perhaps its release.
type codec struct{}

type encoded struct {
	Deadline time.Time         `json:"deadline"`
	Values   map[string]string `json:"values"`
}

func (codec) Encode(deadline time.Time, values map[string]any) ([]byte, error) {
	e := encoded{deadline, map[string]string{}}
	for name, v := range values {
		text, ok := v.(string)
		if !ok {
			return nil, errors.New("encode session: a value is no string")
		}
		e.Values[name] = text
	}
	return json.Marshal(e)
}

func (codec) Decode(data []byte) (time.Time, map[string]any, error) {
	var e encoded
	if err := json.Unmarshal(data, &e); err != nil {
		return time.Time{}, nil, err
	}
	values := map[string]any{}
	for name, v := range e.Values {
		values[name] = v
	}
	return e.Deadline, values, nil
}
