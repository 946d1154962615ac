package evidence

import (
	"encoding/base64"
	"encoding/binary"
	"slices"
	"strings"

	"gatehouse/internal/audit/proof"
	"gatehouse/internal/fault"
)

// maxSignatures bounds a note.
const maxSignatures = 16

// openNote returns the text of a signed note (C2SP signed-note), how many lines of
// signatures it has, and which trusted keys they are of. At least one must be of a trusted key, and every one of a trusted
// key must be right. Each has one spelling.
func openNote(signed string, keys []proof.Key) (text string, lines int, by []proof.Key, err error) {
	at := strings.LastIndex(signed, "\n\n")
	if at < 0 || !strings.HasSuffix(signed[at+2:], "\n") {
		return "", 0, nil, fault.New(fault.Invalid, "it is no signed note")
	}
	text = signed[:at+1]
	signatures := strings.Split(strings.TrimSuffix(signed[at+2:], "\n"), "\n")
	if len(signatures) > maxSignatures {
		return "", 0, nil, fault.Newf(fault.Invalid, "it bears more than %d signatures", maxSignatures)
	}
	for _, line := range signatures {
		name, raw, err := readSignature(line)
		if err != nil {
			return "", 0, nil, err
		}
		for _, k := range keys {
			if k.Name() != name || k.KeyHash() != binary.BigEndian.Uint32(raw) {
				continue
			}
			if !k.Verify([]byte(text), raw[4:]) {
				return "", 0, nil, fault.New(fault.Invalid, "a signature of a trusted key is wrong")
			}
			by = append(by, k)
		}
	}
	if len(by) == 0 {
		return "", 0, nil, fault.New(fault.Invalid, "no key that is trusted has signed it")
	}
	return text, len(signatures), by, nil
}

func readSignature(line string) (name string, raw []byte, err error) {
	rest, dash := strings.CutPrefix(line, "— ")
	name, text, two := strings.Cut(rest, " ")
	raw, err = base64.StdEncoding.Strict().DecodeString(text)
	if err != nil || !dash || !two || name == "" || len(raw) < 5 || base64.StdEncoding.EncodeToString(raw) != text {
		return "", nil, fault.New(fault.Invalid, "it is no signed note")
	}
	return name, raw, nil
}

// succeed returns the keys, and those that they have named their successors. The
// successions are a chain: each begins with the key that the one before ends with. What
// a key that is not trusted names is checked, and not trusted.
func succeed(keys []proof.Key, origin string, chain []proof.Succession) ([]proof.Key, error) {
	all := slices.Clone(keys)
	for i, s := range chain {
		if i > 0 && s.From.String() != chain[i-1].To.String() {
			return nil, fault.Newf(fault.Invalid, "succession %d does not begin with the key that the one before ends with", i+1)
		}
		if s.Check(origin) != nil {
			return nil, fault.Newf(fault.Invalid, "succession %d is not signed by the key that it begins with", i+1)
		}
		if trusts(all, s.From) && !trusts(all, s.To) {
			all = append(all, s.To)
		}
	}
	return all, nil
}

// inForce are the keys of those that signed a checkpoint that speak for the log at its
// size: if the last key of the chain is trusted, that one alone.
func inForce(by, keys []proof.Key, chain []proof.Succession) []proof.Key {
	if len(chain) == 0 || !trusts(keys, chain[len(chain)-1].To) {
		return by
	}
	last := chain[len(chain)-1].To
	return slices.DeleteFunc(slices.Clone(by), func(k proof.Key) bool { return !trusts([]proof.Key{last}, k) })
}

func trusts(keys []proof.Key, key proof.Key) bool {
	return slices.ContainsFunc(keys, func(k proof.Key) bool { return k.Name() == key.Name() && k.Public().Equal(key.Public()) })
}
