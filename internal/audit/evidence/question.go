package evidence

import (
	"fmt"

	"gatehouse/internal/audit/filter"
)

// Asked is what a reader has asked for. What they do not say, the file says, and then
// whoever made it chose it.
type Asked struct {
	Filter *filter.Filter
	Range  *Range
	One    bool // one record, whatever its number: whoever says so looks which it is
}

// Range is that of the records From..To-1.
type Range struct{ From, To int64 }

// question compares what the file answers with what was asked.
func (v *verifier) question() error {
	h, asked := &v.header, v.trust.Asked
	if f := asked.Filter; f != nil && string(f.AppendJSON(nil)) != string(h.Filter.AppendJSON(nil)) {
		return v.wrong(QuestionCheck, "the file answers another filter than the one you asked for")
	}
	if r := asked.Range; r != nil && *r != (Range{h.From, h.To}) {
		return v.wrong(QuestionCheck, fmt.Sprintf("the file is of the records from %d up to, without, %d, which are not those you asked for", h.From, h.To))
	}
	if asked.One && h.To-h.From != 1 {
		return v.wrong(QuestionCheck, "the file is not of one record")
	}
	return nil
}
