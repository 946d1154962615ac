package evidence

import (
	"bytes"
	"fmt"
	"slices"

	"gatehouse/internal/audit/proof"
	"gatehouse/internal/fault"
)

// rest reads what lies right of the range, and compares the whole tree.
func (v *verifier) rest() error {
	line, err := v.read()
	if err != nil {
		return err
	}
	c := cursor{rest: line}
	c.want(`{"after":`)
	hashes := c.hashes()
	c.want("}")
	if c.err() != nil || len(hashes) != len(v.after) {
		return v.wrong(FormCheck, "it is not the line of what lies right of the range")
	}
	for i, s := range v.after {
		v.history.subtree(s, hashes[i])
	}
	if v.history.tree.Root() != v.Checkpoint.Root {
		return v.wrong(TreeCheck, "the records are not those that the checkpoint commits to")
	}
	for i, c := range v.trust.Others {
		same, met := v.history.met[i]
		if met && !same {
			return v.wrong(AnchorCheck, fmt.Sprintf("what stands beside the file is of another history: its first %d records are not these", c.Size))
		}
		if met {
			v.Met++
		}
	}
	if v.Own == nil {
		return nil
	}
	var why string
	if v.Anchor, why = v.history.compare(v.own, v.Checkpoint, v.header); why != "" {
		return v.wrong(AnchorCheck, why)
	}
	return nil
}

// manifest reads the last line.
func (v *verifier) manifest() error {
	line, err := v.read()
	if err != nil {
		return err
	}
	c := cursor{rest: line}
	c.want(`{"manifest":`)
	signed := c.text()
	c.want("}")
	if c.err() != nil {
		return v.wrong(FormCheck, "it is no line of a manifest")
	}
	text, signatures, by, err := openNote(signed, v.keys)
	if err != nil {
		return v.wrong(ManifestCheck, fault.Public(err))
	}
	if !slices.ContainsFunc(by, func(k proof.Key) bool { return trusts(v.inForce, k) }) {
		return v.wrong(ManifestCheck, "it is signed by a key that was not in force at the file's checkpoint")
	}
	said, ok := producerIn(text)
	m := manifestOf(&v.header, v.Checkpoint, v.Tally)
	m.Producer, m.Digest = said, v.lines.before()
	v.Producer = said
	digest := append([]byte(Format+"\n"+`{"digest":`), appendBytes(nil, m.Digest[:])...)
	switch {
	case !bytes.HasPrefix([]byte(text), digest):
		return v.wrong(ManifestCheck, "it was signed for other lines than those before it")
	case !ok || signatures != 1 || m.text() != text:
		return v.wrong(ManifestCheck, "it does not say what the file holds")
	}
	return nil
}

// end sees to it that nothing follows.
func (v *verifier) end() error {
	ended, err := v.lines.ended()
	if err == nil && !ended {
		return v.wrong(EndCheck, "something follows the manifest")
	}
	return err
}
