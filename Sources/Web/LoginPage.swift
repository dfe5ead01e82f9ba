/// The landing page: how to log in, and where things are.
struct LoginPage {
    let information: LoginRoutes.Information
    /// The address under which the reader reached us.
    let host: String

    var html: String {
        """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>Jumpstarter</title>
        <style>
        body { font: 16px/1.5 system-ui, sans-serif; max-width: 44rem; margin: 3rem auto; padding: 0 1rem; }
        pre { background: #f3f3f3; padding: .8rem; overflow-x: auto; border-radius: 4px; }
        td { padding: .1rem 1rem .1rem 0; }
        @media (prefers-color-scheme: dark) { body { background: #181818; color: #ddd; } pre { background: #2a2a2a; } }
        </style>
        </head>
        <body>
        <h1>Jumpstarter</h1>
        <p>This service shares the devices of a lab: it leases each to one user at a time and connects that user to it.</p>
        <h2>Log in</h2>
        \(instructions)
        <h2>Endpoints</h2>
        <table>
        <tr><td>Controller</td><td><code>\(escaped(information.grpcEndpoint))</code></td></tr>
        <tr><td>Router</td><td><code>\(escaped(information.routerEndpoint))</code></td></tr>
        <tr><td>Namespace</td><td><code>\(escaped(information.namespace))</code></td></tr>
        </table>
        </body>
        </html>

        """
    }

    private var instructions: String {
        if information.issuers.isEmpty {
            return """
                <p>No OpenID provider is configured. Ask an administrator for a client configuration:</p>
                <pre>jmp admin create client NAME -n \(escaped(information.namespace)) --unsafe --save</pre>
                """
        }
        return """
            <p>Install the command line and log in with your account:</p>
            <pre>pip install jumpstarter-cli
            jmp login USER@http://\(escaped(host))</pre>
            """
    }

    private func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            .replacing("\"", with: "&quot;")
    }
}
