package authz

import (
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
)

// partial is an object of the arguments some members of which are known. Whoever asks
// it for anything else has looked at what is not known.
type partial struct {
	traits.Mapper
	call *evaluation
}

func (p *partial) miss() ref.Val {
	p.call.missed |= GapArguments
	return types.NewErr("this argument is not known")
}

// Find implements traits.Mapper.
func (p *partial) Find(key ref.Val) (ref.Val, bool) {
	if v, known := p.Mapper.Find(key); known {
		return v, true
	}
	return p.miss(), false
}

// Get implements traits.Indexer.
func (p *partial) Get(key ref.Val) ref.Val {
	v, _ := p.Find(key)
	return v
}

// Contains implements traits.Container.
func (p *partial) Contains(key ref.Val) ref.Val {
	if _, known := p.Mapper.Find(key); known {
		return types.True
	}
	return p.miss()
}

// Equal implements ref.Val.
func (p *partial) Equal(ref.Val) ref.Val { return p.miss() }

// Size implements traits.Sizer.
func (p *partial) Size() ref.Val {
	p.miss()
	return p.Mapper.Size()
}

// Iterator implements traits.Iterable.
func (p *partial) Iterator() traits.Iterator {
	p.miss()
	return p.Mapper.Iterator()
}
