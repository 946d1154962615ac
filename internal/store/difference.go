package store

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"gorm.io/gorm"

	"gatehouse/internal/audit"
	"gatehouse/internal/fault"
)

// item is one thing that an edit can add, change or remove. Two items of one
// name are the same thing; they are equal when their texts are.
type item struct {
	name string // as records name it, e.g. "role 7d9e…"; unique
	text string // JSON of what records may show: never a secret
	row  any    // pointer to the row, nil when the thing has none of its own
}

// newItem describes a thing by its value, which is shown in records.
func newItem(name string, value, row any) (item, error) {
	text, err := encodeText(value)
	if err != nil {
		return item{}, fault.Wrap(fault.Invalid, name+" cannot be encoded", err)
	}
	return item{name: name, text: text, row: row}, nil
}

// difference is what an edit does to the things it was given.
type difference struct {
	added, changed, removed, was []item
	about                        audit.Subject // whose it is, where the change does not say it
	lessened                     []lessened    // sinks that get less than before
}

// compare returns the difference between two lists, each in the order in which
// it is to be written. A name that stands twice in a list is Invalid.
func compare(before, after []item) (difference, error) {
	old, err := byName(before)
	if err != nil {
		return difference{}, err
	}
	now, err := byName(after)
	if err != nil {
		return difference{}, err
	}
	var d difference
	for _, i := range after {
		was, known := old[i.name]
		switch {
		case !known:
			d.added = append(d.added, i)
		case was.text != i.text:
			d.changed, d.was = append(d.changed, i), append(d.was, was)
		}
	}
	for _, i := range before {
		if _, kept := now[i.name]; !kept {
			d.removed = append(d.removed, i)
		}
	}
	return d, nil
}

func byName(items []item) (map[string]item, error) {
	m := make(map[string]item, len(items))
	for _, i := range items {
		if _, twice := m[i.name]; twice {
			return nil, fault.Newf(fault.Invalid, "%s stands twice; keep one", i.name)
		}
		m[i.name] = i
	}
	return m, nil
}

func (d difference) empty() bool { return len(d.added)+len(d.changed)+len(d.removed) == 0 }

// write brings the rows of the difference into the database. The lists it was
// made of name what others refer to before those. What goes is removed last: the
// rows that referred to it may have come to refer to something else.
func (d difference) write(tx *gorm.DB) error {
	approvals, err := d.create(tx)
	if err != nil {
		return err
	}
	if len(approvals) > 0 {
		if err := tx.CreateInBatches(approvals, rowBatch).Error; err != nil {
			return err
		}
	}
	for _, i := range d.changed {
		if err := tx.Model(i.row).Select("*").Updates(i.row).Error; err != nil {
			return err
		}
	}
	for _, i := range d.removed {
		if err := tx.Delete(i.row).Error; err != nil {
			return err
		}
	}
	return nil
}

// create adds rows one by one, but for the approvals, of which there may be
// thousands and to which nothing refers.
func (d difference) create(tx *gorm.DB) (approvals []*approvalRow, err error) {
	for _, i := range d.added {
		if a, many := i.row.(*approvalRow); many {
			approvals = append(approvals, a)
			continue
		}
		if err := tx.Create(i.row).Error; err != nil {
			return nil, err
		}
	}
	return approvals, nil
}

// summary counts, for the record's detail.
func (d difference) summary() string {
	if d.empty() {
		return ""
	}
	return fmt.Sprintf("%d added, %d changed, %d removed", len(d.added), len(d.changed), len(d.removed))
}

// before is what differs as it was, as a JSON object by name.
func (d difference) before() string { return bounded(slices.Concat(d.removed, d.was)) }

// after is what differs as it is now.
func (d difference) after() string { return bounded(slices.Concat(d.added, d.changed)) }

// omitted is the member that counts what had no room.
const omitted = "omitted"

// bounded writes items as one JSON object of at most audit.DifferenceLimit
// bytes. What does not fit is counted in place of being cut in the middle.
func bounded(items []item) string {
	if len(items) == 0 {
		return ""
	}
	const reserve = len(`{"omitted":2147483647}`)
	members := map[string]string{}
	for _, i := range items {
		members[i.name] = i.text
	}
	var b strings.Builder
	left := 0
	for _, name := range slices.Sorted(maps.Keys(members)) {
		key, err := encodeText(name)
		if err != nil || b.Len()+len(key)+len(members[name])+len(":,")+reserve > audit.DifferenceLimit {
			left++
			continue
		}
		b.WriteString(key + ":" + members[name] + ",")
	}
	if left > 0 {
		fmt.Fprintf(&b, "%q:%d,", omitted, left)
	}
	return "{" + strings.TrimSuffix(b.String(), ",") + "}"
}

// encodeText is JSON without a character that a record would have to replace:
// replaced characters could make it longer than what bounded has measured.
func encodeText(value any) (string, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(value); err != nil {
		return "", err
	}
	text := strings.TrimSuffix(b.String(), "\n")
	var clean strings.Builder
	for _, r := range text {
		if r >= 0x7f && r < 0xa0 {
			fmt.Fprintf(&clean, `\u%04x`, r)
			continue
		}
		clean.WriteRune(r)
	}
	return clean.String(), nil
}
