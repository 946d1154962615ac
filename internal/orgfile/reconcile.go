package orgfile

import (
	"reflect"

	"gatehouse/internal/access"
)

// list is a list of a document, as it was and as it is wanted.
type list[T any] struct {
	at          access.Place
	was, wanted []T
	key         func(T) string
	remove      func(T) error // of what was
	put         func(T) error // of what is wanted, new or other than it was
}

// reconcile makes a list what is wanted: what is not mentioned is removed where
// the document prunes, and what is equal already is not looked at.
func reconcile[T any](a *applier, l list[T]) {
	if prunes(a, l.wanted) {
		for _, gone := range unmentioned(l.was, l.wanted, l.key) {
			a.blame(l.at, l.remove(gone))
		}
	}
	had := byKey(l.was, l.key)
	for i, entry := range l.wanted {
		if !reflect.DeepEqual(had[l.key(entry)], entry) {
			a.blame(l.at.At(i), l.put(entry))
		}
	}
}
