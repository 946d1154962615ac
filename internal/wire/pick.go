package wire

import "math"

// pick returns the values that arguments, which are strict JSON, have at the
// paths of params: nil for one that is absent or null. It reads arguments once.
func pick(params []HeaderParam, arguments []byte) [][]byte {
	p := picker{params: params, values: make([][]byte, len(params))}
	p.src, p.depth = arguments, math.MaxInt // whoever decoded them has looked at the depth
	all := make([]int, len(params))
	for i := range params {
		all[i] = i
	}
	p.space()
	p.object(all, 0)
	return p.values
}

type picker struct {
	scanner
	params []HeaderParam
	values [][]byte
}

// object reads the value that the scanner stands at for those of the params
// whose paths lead there, which is level names deep.
func (p *picker) object(those []int, level int) {
	if p.peek() != '{' {
		p.value()
		return
	}
	for first := p.open(); p.member(first); {
		p.memberOf(those, level)
	}
}

// memberOf reads the value of the member that the scanner stands at.
func (p *picker) memberOf(those []int, level int) {
	var deeper []int
	for _, i := range those {
		path := p.params[i].Path
		if path[level] != string(p.name()) {
			continue
		}
		if len(path) == level+1 {
			if value := p.raw(); len(value) > 0 && value[0] != 'n' {
				p.values[i] = value
			}
			return
		}
		deeper = append(deeper, i)
	}
	if deeper == nil {
		p.value()
		return
	}
	p.object(deeper, level+1)
}
