package seed

import (
	"fmt"
	"strconv"
)

// Crowd is how large a made-up tenant is.
type Crowd struct {
	People int
	Groups int // at least Depth
	Depth  int // how deep groups nest
	Each   int // how many of the deepest groups a person is directly in
}

// CrowdPassword is everybody's password in a made-up tenant.
const CrowdPassword = "crowd"

// Tenant makes the tenant: the same every time, for measuring. Groups stand in
// columns, each group a member of the one above it in its column; a person is in
// the lowest groups of Each columns, and so in Each × Depth groups. The first
// person is in every column. Groups that make no whole column have no people.
func (c Crowd) Tenant() Tenant {
	t := Tenant{ID: crowded(0, 0), Name: "Crowd", Domain: "crowd.example"}
	columns := c.Groups / c.Depth
	for n := range c.Groups {
		column, level := n/c.Depth, n%c.Depth
		g := Group{ID: crowded(1, n), Name: "Group " + strconv.Itoa(column) + "." + strconv.Itoa(level)}
		if level+1 < c.Depth && n+1 < c.Groups {
			g.Members = []string{crowded(1, n+1)}
		}
		t.Groups = append(t.Groups, g)
	}
	for n := range c.People {
		u := User{
			ID: crowded(2, n), Username: "person" + strconv.Itoa(n) + "@" + t.Domain, Password: CrowdPassword, Name: "Person " + strconv.Itoa(n),
		}
		t.Users = append(t.Users, u)
		for i := range c.in(n, columns) {
			lowest := &t.Groups[(n*7+i*13)%columns*c.Depth+c.Depth-1]
			if last := len(lowest.Members) - 1; last < 0 || lowest.Members[last] != u.ID {
				lowest.Members = append(lowest.Members, u.ID)
			}
		}
	}
	return t
}

// in is how many columns a person is in.
func (c Crowd) in(n, columns int) int {
	if n == 0 {
		return columns
	}
	return c.Each
}

// crowded is the id of the nth thing of a kind.
func crowded(kind, n int) string { return fmt.Sprintf("c0%02d0000-0000-4000-8000-%012d", kind, n) }
