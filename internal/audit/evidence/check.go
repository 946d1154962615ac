package evidence

import "fmt"

// Check names what was checked, in the words of docs/audit-format.md.
type Check string

// The checks.
const (
	FormCheck       Check = "form"
	OriginCheck     Check = "origin"
	QuestionCheck   Check = "question"
	SuccessionCheck Check = "succession"
	CheckpointCheck Check = "checkpoint"
	OrderCheck      Check = "order"
	LeafCheck       Check = "leaf"
	TimeCheck       Check = "time"
	FilterCheck     Check = "filter"
	TreeCheck       Check = "tree"
	AnchorCheck     Check = "anchor"
	ManifestCheck   Check = "manifest"
	EndCheck        Check = "end"
)

// WrongError is the first thing wrong with a file.
type WrongError struct {
	Line  int64 // from 1
	Seq   int64 // of the record that the line is of or has to be of; -1: none
	Check Check
	Why   string
}

// Error tells it in one line.
func (w *WrongError) Error() string {
	if w.Seq < 0 {
		return fmt.Sprintf("line %d: %s: %s", w.Line, w.Check, w.Why)
	}
	return fmt.Sprintf("line %d, record %d: %s: %s", w.Line, w.Seq, w.Check, w.Why)
}
