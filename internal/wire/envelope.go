package wire

// The members that mean something to the protocol, object by object. Whatever
// is known anywhere is known here.

var envelope = group{
	refuse: InvalidRequest,
	others: nothing,
	fields: []field{
		known("jsonrpc", readVersion),
		known("id", readID),
		known("method", readMethod),
		known("params", membersAndAll(&params, func(m *Message) *[]byte { return &m.Params.Raw })),
		known("result", readResult),
		known("error", readFailure),
	},
}

var params = group{
	path: "params.", refuse: MalformedParams, others: variants,
	rest: func(m *Message) *[]Member { return &m.Params.Others },
	fields: []field{
		known("name", text(func(m *Message) *string { return &m.Params.Name })),
		known("arguments", object(func(m *Message) *[]byte { return &m.Params.Arguments })),
		known("_meta", membersAndAll(&meta, func(m *Message) *[]byte { return &m.Params.Meta.Raw })),
		known("uri", text(func(m *Message) *string { return &m.Params.URI })),
		known("cursor", text(func(m *Message) *string { return &m.Params.Cursor })),
		known("requestState", text(func(m *Message) *string { return &m.Params.RequestState })),
		known("inputResponses", object(func(m *Message) *[]byte { return &m.Params.InputResponses })),
		known("protocolVersion", text(func(m *Message) *string { return &m.Params.ProtocolVersion })),
		known("capabilities", object(func(m *Message) *[]byte { return &m.Params.Capabilities })),
		known("clientInfo", members(&clientInfo)),
		known("taskId", text(func(m *Message) *string { return &m.Params.TaskID })),
		known("task", object(func(m *Message) *[]byte { return &m.Params.Task })),
		known("ref", membersAndAll(&ref, func(m *Message) *[]byte { return &m.Params.Ref.Raw })),
		known("argument", membersAndAll(&argument, func(m *Message) *[]byte { return &m.Params.Argument.Raw })),
		known("context", object(func(m *Message) *[]byte { return &m.Params.Context })),
		known("level", text(func(m *Message) *string { return &m.Params.Level })),
		known("requestId", readRequestID),
		known("reason", text(func(m *Message) *string { return &m.Params.Reason })),
		known("notifications", membersAndAll(&notifications, func(m *Message) *[]byte { return &m.Params.Notifications.Raw })),
	},
}

var ref = group{
	path: "params.ref.", refuse: MalformedParams, others: variants,
	rest: func(m *Message) *[]Member { return &m.Params.Ref.Others },
	fields: []field{
		known("type", text(func(m *Message) *string { return &m.Params.Ref.Type })),
		known("name", text(func(m *Message) *string { return &m.Params.Ref.Name })),
		known("uri", text(func(m *Message) *string { return &m.Params.Ref.URI })),
	},
}

var argument = group{
	path: "params.argument.", refuse: MalformedParams, others: variants,
	fields: []field{
		known("name", text(func(m *Message) *string { return &m.Params.Argument.Name })),
		known("value", text(func(m *Message) *string { return &m.Params.Argument.Value })),
	},
}

var notifications = group{
	path: "params.notifications.", refuse: MalformedParams, others: variants,
	rest: func(m *Message) *[]Member { return &m.Params.Notifications.Others },
	fields: []field{
		known("toolsListChanged", boolean(func(m *Message) *bool { return &m.Params.Notifications.Tools })),
		known("promptsListChanged", boolean(func(m *Message) *bool { return &m.Params.Notifications.Prompts })),
		known("resourcesListChanged", boolean(func(m *Message) *bool { return &m.Params.Notifications.Resources })),
		known("resourceSubscriptions", texts(func(m *Message) *[]string { return &m.Params.Notifications.URIs })),
		known("taskIds", texts(func(m *Message) *[]string { return &m.Params.Notifications.TaskIDs })),
	},
}

var clientInfo = group{
	path: "params.clientInfo.", refuse: MalformedParams, others: variants,
	fields: []field{
		known("name", text(func(m *Message) *string { return &m.Params.ClientInfo.Name })),
		known("version", text(func(m *Message) *string { return &m.Params.ClientInfo.Version })),
	},
}

const metaPrefix = "io.modelcontextprotocol/"

var meta = group{
	path: "params._meta.", refuse: MalformedParams, others: variants,
	rest: func(m *Message) *[]Member { return &m.Params.Meta.Others },
	fields: []field{
		known(metaPrefix+"protocolVersion", text(func(m *Message) *string { return &m.Params.Meta.ProtocolVersion })),
		known(metaPrefix+"clientCapabilities", object(func(m *Message) *[]byte { return &m.Params.Meta.ClientCapabilities })),
		known(metaPrefix+"clientInfo", members(&metaClientInfo)),
		known(metaPrefix+"logLevel", text(func(m *Message) *string { return &m.Params.Meta.LogLevel })),
		known("progressToken", readProgressToken),
		known("traceparent", text(func(m *Message) *string { return &m.Params.Meta.TraceParent })),
		known("tracestate", text(func(m *Message) *string { return &m.Params.Meta.TraceState })),
		known("baggage", text(func(m *Message) *string { return &m.Params.Meta.Baggage })),
	},
}

var metaClientInfo = group{
	path: "params._meta." + metaPrefix + "clientInfo.", refuse: MalformedParams, others: variants,
	fields: []field{
		known("name", text(func(m *Message) *string { return &m.Params.Meta.ClientInfo.Name })),
		known("version", text(func(m *Message) *string { return &m.Params.Meta.ClientInfo.Version })),
	},
}

func readVersion(d *decoder, w place) {
	var version []byte
	if d.peek() == '"' {
		version = d.unquoted()
	} else {
		d.value()
	}
	if d.sawVersion = string(version) == "2.0"; !d.sawVersion {
		d.refuse(w, `"2.0"`)
	}
}

func readID(d *decoder, w place) {
	id := d.raw()
	if !isID(id) {
		d.refuse(w, "a string or an integer without fraction or exponent; leave it out in a notification")
		return
	}
	d.msg.ID = id
}

// isID reports whether a JSON value is a string or an integer.
func isID(value []byte) bool {
	if len(value) > 0 && value[0] == '"' {
		return true
	}
	for i, c := range value {
		if !isDigit(c) && (i > 0 || c != '-') {
			return false
		}
	}
	return len(value) > 0
}

func readMethod(d *decoder, w place) {
	readMethodText(d, w)
	if d.msg.Method == "" {
		d.refuse(w, "a string that is not empty")
	}
}

var readMethodText = text(func(m *Message) *string { return &m.Method })

func readResult(d *decoder, _ place) {
	d.sawResult = true
	d.msg.Result = d.raw()
}

func readFailure(d *decoder, w place) {
	d.sawFailure = true
	if d.peek() != '{' {
		d.refuse(w, "an object")
	}
	d.msg.Failure = d.raw()
}

func readRequestID(d *decoder, w place) {
	id := d.raw()
	if !isID(id) {
		d.refuse(w, "a string or an integer, the id of the request to cancel")
		return
	}
	d.msg.Params.RequestID = id
}

func readProgressToken(d *decoder, w place) {
	token := d.raw()
	if len(token) == 0 || token[0] != '"' && token[0] != '-' && !isDigit(token[0]) {
		d.refuse(w, "a string or a number")
		return
	}
	d.msg.Params.Meta.ProgressToken = token
}
