package upstream

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"

	"gatehouse/internal/authz"
)

// way is what leads the answer to a question back to the request of the server,
// from whichever replica: a ReplyTo. The host encrypts it on its way through the
// client.
type way struct {
	who      [16]byte // whose question it is
	stored   bool     // the session is that of the client's session
	revision string
	session  string
	request  []byte // the id of the server's request, JSON
}

// longestWay is the most that a ReplyTo may have.
const longestWay = 512

const wayFormat = 1

func (w way) append(dst []byte) []byte {
	dst = append(dst, wayFormat, 0)
	if w.stored {
		dst[len(dst)-1] = 1
	}
	dst = append(dst, w.who[:]...)
	for _, part := range []string{w.revision, w.session, string(w.request)} {
		dst = binary.AppendUvarint(dst, uint64(len(part)))
		dst = append(dst, part...)
	}
	return dst
}

var errWay = errors.New("the way back to the question is not readable")

func parseWay(b []byte) (way, error) {
	var w way
	if len(b) > longestWay || len(b) < 2+len(w.who) || b[0] != wayFormat {
		return w, errWay
	}
	w.stored = b[1] == 1
	b = b[2:]
	b = b[copy(w.who[:], b):]
	var parts [3]string
	for i := range parts {
		size, n := binary.Uvarint(b)
		if n <= 0 || size > longestWay || int(size) > len(b)-n {
			return w, errWay
		}
		parts[i], b = string(b[n:n+int(size)]), b[n+int(size):]
	}
	w.revision, w.session, w.request = parts[0], parts[1], []byte(parts[2])
	if len(b) > 0 || len(w.request) == 0 {
		return w, errWay
	}
	return w, nil
}

// whose names a person, or an app, at a client: sessions and questions of one are
// not another's.
func whose(by authz.Caller) [16]byte {
	id := by.Identity()
	text := id.TID.String() + " " + id.OID.String() + " " + id.Client
	if id.Delegated {
		text += " delegated"
	}
	sum := sha256.Sum256([]byte(text))
	return [16]byte(sum[:16])
}
