package evidence

import (
	"strconv"

	"gatehouse/internal/audit/proof"
)

// appendRecord appends the line of a record, which opens what has a value.
func appendRecord(dst []byte, r proof.Record) []byte {
	later := false
	dst = append(dst, `{"closed":{`...)
	for _, f := range r.Fields {
		if f.Value == nil {
			dst = appendBytes(appendName(dst, f.Name, &later), f.Hash[:])
		}
	}
	later = false
	dst = appendBytes(append(dst, `},"leaf":`...), r.Leaf[:])
	dst = append(dst, `,"open":{`...)
	for _, f := range r.Fields {
		if f.Value != nil {
			dst = appendBytes(append(appendName(dst, f.Name, &later), '['), f.Salt[:])
			dst = append(append(append(dst, ','), f.Value...), ']')
		}
	}
	return append(strconv.AppendInt(append(dst, `},"seq":`...), r.Seq, 10), '}')
}

func appendName(dst []byte, name string, later *bool) []byte {
	if *later {
		dst = append(dst, ',')
	}
	*later = true
	return append(append(append(dst, '"'), name...), '"', ':')
}

// appendBare appends the line of a record of which nothing is told but its leaf.
func appendBare(dst []byte, r proof.Record) []byte {
	dst = appendBytes(append(dst, `{"leaf":`...), r.Leaf[:])
	return append(strconv.AppendInt(append(dst, `,"seq":`...), r.Seq, 10), '}')
}

// readRecord reads either. Of a bare record there are no fields; of open fields
// there is no commitment. Values are parts of the line.
func readRecord(line []byte, into []proof.Field) (r proof.Record, err error) {
	c := cursor{rest: line}
	bare := c.take(`{"leaf":`)
	if !bare {
		c.want(`{"closed":`)
		c.object(func() {
			f := proof.Field{Name: c.fieldName()}
			f.Hash = c.hash()
			into = append(into, f)
		})
		c.want(`,"leaf":`)
	}
	closed := len(into)
	r.Leaf = c.hash()
	if !bare {
		c.want(`,"open":`)
		c.object(func() {
			f := proof.Field{Name: c.fieldName()}
			c.want("[")
			f.Salt = c.salt()
			c.want(",")
			f.Value = c.value()
			c.want("]")
			into = append(into, f)
		})
	}
	c.want(`,"seq":`)
	r.Seq = c.integer()
	c.want("}")
	if err := c.err(); err != nil {
		return r, err
	}
	r.Fields, err = merged(into, closed)
	if !bare && len(r.Fields) == 0 {
		return r, errForm
	}
	return r, err
}

func (c *cursor) fieldName() string {
	name := c.text()
	c.want(":")
	return name
}

// merged puts closed and open fields, each in ascending order, into one such order.
func merged(fields []proof.Field, closed int) ([]proof.Field, error) {
	a, b := fields[:closed], fields[closed:]
	if !ascending(a) || !ascending(b) {
		return nil, errForm
	}
	all := make([]proof.Field, 0, len(fields))
	for len(a) > 0 && len(b) > 0 {
		switch {
		case a[0].Name < b[0].Name:
			all, a = append(all, a[0]), a[1:]
		case a[0].Name > b[0].Name:
			all, b = append(all, b[0]), b[1:]
		default:
			return nil, errForm
		}
	}
	return append(append(all, a...), b...), nil
}

func ascending(fields []proof.Field) bool {
	for i := 1; i < len(fields); i++ {
		if fields[i-1].Name >= fields[i].Name {
			return false
		}
	}
	return true
}

// find returns the value of a field and whether it is open; a record that lacks the
// field says so.
func find(fields []proof.Field, name string) (value []byte, open bool) {
	for i := range fields {
		if fields[i].Name == name {
			return fields[i].Value, fields[i].Value != nil
		}
	}
	return nil, true
}
