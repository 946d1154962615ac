package notes

import (
	"errors"
	"fmt"
	"strings"
	"sync"
)

// Note is one note.
type Note struct {
	ID    int    `json:"id"`
	Title string `json:"title"`
	Text  string `json:"text"`
}

// maxNotes bounds the memory of a server that anybody on the machine may use.
const maxNotes = 1000

// book is the notes of a server.
type book struct {
	mu  sync.Mutex
	all []Note
}

// newBook holds what there is to find at first.
func newBook(owner string) *book {
	return &book{all: []Note{
		{1, "Welcome", "These notes belong to " + owner + ". Gatehouse decides who reads them."},
		{2, "On call", "SRE takes the pager on Monday at nine."},
		{3, "Release", "The release train leaves on Thursday; what is not merged by noon waits."},
	}}
}

func (b *book) add(title, text string) (Note, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.all) >= maxNotes {
		return Note{}, fmt.Errorf("there are %d notes, and no room for more", maxNotes)
	}
	n := Note{len(b.all) + 1, title, text}
	b.all = append(b.all, n)
	return n, nil
}

// find returns notes whose title or text has the words, whatever their case.
func (b *book) find(words string, most int) []Note {
	b.mu.Lock()
	defer b.mu.Unlock()
	found := []Note{}
	for _, n := range b.all {
		if len(found) < most && strings.Contains(strings.ToLower(n.Title+" "+n.Text), strings.ToLower(words)) {
			found = append(found, n)
		}
	}
	return found
}

var errNoNote = errors.New("no such note")

func (b *book) get(id int) (Note, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if id < 1 || id > len(b.all) {
		return Note{}, errNoNote
	}
	return b.all[id-1], nil
}
