package keep

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"gatehouse/internal/audit/proof"
	"gatehouse/internal/audit/seal"
	"gatehouse/internal/tenants"
)

// learnNames adds the names that records have of the person and nobody else is known by.
// Whoever runs the directory that a guest is from chooses what they are called: nobody
// takes along by a name what is said of somebody else.
func (x *erasing) learnNames(ctx context.Context, e tenants.Erasure) error {
	texts, err := x.k.Store.LogWords(ctx, x.org)
	if err != nil {
		return err
	}
	others, err := x.k.Store.NamesOfOthers(ctx, x.org, x.who.OID)
	if err != nil {
		return err
	}
	words := NewVocabulary(texts...)
	if len(x.numbers) > 0 {
		head, err := x.k.Store.LogHead(ctx, x.org)
		if err != nil {
			return err
		}
		err = x.k.Store.SealedRows(ctx, x.org, seal.Query{From: head.First, To: head.Size, People: x.numbers}, func(row seal.Row, leaf proof.Hash) error {
			r, err := x.opener.Open(row, leaf)
			if err != nil {
				return unlessUnreadable(err)
			}
			for name, number := range map[string]int32{"actor_name": row.Person, "subject_name": row.Subject} {
				var text string
				if _, theirs := x.people[number]; theirs && json.Unmarshal(r.Field(name).Value, &text) == nil && !namesOneOf(others, text) {
					x.who.Add(words, text)
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	x.who.Known = true
	text, err := x.who.Encrypt(x.key, e.ID)
	if err != nil {
		return err
	}
	return x.k.Store.StoreErased(ctx, caller(x.org), Step{Erasure: e.ID, Who: text, Scanned: e.Scanned})
}

// namesOneOf reports whether a name is that of somebody, or a word of it.
func namesOneOf(people []string, name string) bool {
	word := plain(strings.TrimSpace(name))
	return word != "" && slices.ContainsFunc(people, func(p string) bool { return holds(plain(p), word) })
}
