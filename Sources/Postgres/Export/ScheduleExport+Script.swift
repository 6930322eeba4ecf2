extension ScheduleExport {
  /// The schedule as a bash script that runs a psql for each session.
  package func bash() -> String {
    var text = "#!/usr/bin/env bash\n"
    let lines =
      heading + [
        "", "Run it with bash and psql, in a database where schemas may be made:",
        "  bash this-file [psql's options for a connection, such as -h HOST -d DATABASE]",
        "It exits with 0 if the server ends where the simulation did, with 1 if it does not.",
      ]
      + (victims == nil ? [] : ["It sets deadlock_timeout, which takes a superuser."])
    for line in lines { text += line.isEmpty ? "#\n" : "# \(line)\n" }
    text += Self.prologue.replacing("@drop@", with: dropSchemas)
    text += "\nonce <<'SQL'\n"
    for part in setupStatements() {
      if let remark = part.remark { text += "-- \(remark)\n" }
      text += part.sql + ";\n"
    }
    text += "SQL\n\n"
    for session in sessionsUsed {
      for actor in usesWorld(session)
        ? [Actor.session(session), .world(session)] : [.session(session)]
      { text += start(actor) }
    }
    text += start(.control) + "\n"
    for action in actions {
      let remark = action.remark.map { Quoting.shell($0.replacing("\n", with: " ")) } ?? ""
      if action.actor == .control {
        text += "control \(remark) <<'SQL'\n"
      } else {
        if !remark.isEmpty { text += "echo \(remark)\n" }
        text += "step \(plainName(action.actor)) <<'SQL'\n"
      }
      for setting in action.settings { text += "\(setting);\n" }
      text += Self.withoutEnd(action.sql) + ";\nSQL\n"
    }
    return text + ending()
  }

  private func start(_ actor: Actor) -> String {
    let statements = sessionSetup(actor).map { "\($0);\n" }.joined()
    return "start \(plainName(actor)) <<'SQL'\n\(statements)SQL\n"
  }

  private func ending() -> String {
    var text = ""
    if !outcomesStatements.isEmpty {
      text += "control '' <<'SQL'\n\(outcomesStatements.map { "\($0);\n" }.joined())SQL\n"
    }
    for rule in rules {
      text +=
        "\n# must return no row\nrule \(rule.name) <<'SQL'\n\(Self.withoutEnd(rule.query));\nSQL\n"
    }
    if rules.isEmpty, victims != nil {
      text += "\nexpect_output 'deadlock detected'\n"
    }
    return text + "finish\n"
  }

  private static let prologue = #"""
    set -euo pipefail

    connection=("$@")
    folder=$(mktemp -d)
    names=()
    declare -A sent shown told pid process pipe
    violated=0 missing=0

    psql_() { PGAPPNAME=racesim_export_psql psql -X -q -v VERBOSITY=default -v SHOW_CONTEXT=never "${connection[@]}" "$@"; }
    once() { psql_ -v ON_ERROR_STOP=1 -o /dev/null; }
    ask() { psql_ -At -c "$1"; }

    # start NAME: a psql of its own, which reads what is sent to it from a pipe.
    start() {
      local name=$1
      mkfifo "$folder/$name"
      : >"$folder/$name.out"
      PGAPPNAME=racesim_export_psql psql -X -q -v VERBOSITY=default -v SHOW_CONTEXT=never "${connection[@]}" \
        <"$folder/$name" >>"$folder/$name.out" 2>&1 &
      process[$name]=$!
      local fd
      exec {fd}>"$folder/$name"
      pipe[$name]=$fd
      names+=("$name")
      sent[$name]=0 shown[$name]=0 told[$name]=0 pid[$name]=0
      say "$name"
      settle
      printf '\\t on\n\\a\nSELECT pg_backend_pid();\n\\t off\n\\a\n' >"$folder/sql"
      say "$name" <"$folder/sql"
      settle
      pid[$name]=$(grep -E '^[0-9]+$' "$folder/$name.out" | tail -n 1)
      shown[$name]=$(wc -l <"$folder/$name.out")
    }

    # Sends what stands on standard input, and a mark that comes back when it has been done.
    say() {
      sent[$1]=$((sent[$1] + 1))
      { cat; printf '\\echo racesim: done %s\n' "${sent[$1]}"; } >&"${pipe[$1]}"
    }
    is_busy() { ! grep -q "^racesim: done ${sent[$1]}\$" "$folder/$1.out"; }
    is_waiting() {
      [ "${pid[$1]}" != 0 ] && [ "$(ask "SELECT cardinality(pg_blocking_pids(${pid[$1]})) \
        + cardinality(pg_safe_snapshot_blocking_pids(${pid[$1]})) > 0")" = t ]
    }
    # Waits until every session has done what it was sent, or waits for another.
    settle() {
      local name
      for name in "${names[@]}"; do
        while is_busy "$name"; do
          if is_waiting "$name" && is_busy "$name"; then break; fi
          kill -0 "${process[$name]}" 2>/dev/null || { cat "$folder/$name.out" >&2; exit 1; }
          sleep 0.01
        done
      done
    }
    show() {
      local name
      for name in "${names[@]}"; do
        if [ "$name" != control ]; then
          tail -n +"$((shown[$name] + 1))" "$folder/$name.out" | grep -v '^racesim: done ' | sed "s/^/  $name: /" || true
        fi
        shown[$name]=$(wc -l <"$folder/$name.out")
      done
      for name in "${names[@]}"; do
        if [ "$name" != control ] && [ "${told[$name]}" != "${sent[$name]}" ] && is_busy "$name"; then
          echo "  $name: waits"
          told[$name]=${sent[$name]}
        fi
      done
    }
    step() {
      cat >"$folder/sql"
      sed -e '/^SET racesim\./d' -e "s/^/$1> /" "$folder/sql"
      say "$1" <"$folder/sql"
      settle
      show
    }
    # control WHAT: the control session does it, and only what it is for is shown.
    control() {
      cat >"$folder/sql"
      [ -z "$1" ] || echo "-- $1"
      say control <"$folder/sql"
      settle
      show
    }
    # rule NAME: asks for what must return no row.
    rule() {
      cat >"$folder/sql"
      local from
      from=$(wc -l <"$folder/control.out")
      say control <"$folder/sql"
      settle
      echo
      echo "rule $1 must return no row; it returns"
      tail -n +"$((from + 1))" "$folder/control.out" | grep -v '^racesim: done ' | tee "$folder/rule"
      if grep -q '^ERROR' "$folder/rule" || grep -q '^(0 rows)' "$folder/rule"; then missing=1; else violated=1; fi
    }
    expect_output() {
      if cat "$folder"/*.out | grep -q "$1"; then violated=1; else missing=1; fi
    }
    leave() {
      ask "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'racesim\\_export\\__%' \
        AND application_name <> 'racesim_export_psql' AND state = 'active'" >/dev/null || true
      local name
      for name in "${names[@]}"; do
        # Not the end of the pipe: sessions started later hold it open too.
        echo '\q' >&"${pipe[$name]}" || true
        wait "${process[$name]}" 2>/dev/null || true
      done
      echo 'SET client_min_messages = warning; @drop@' | psql_ || true
      rm -rf "$folder"
    }
    trap leave EXIT
    finish() {
      echo
      if [ "$missing" = 1 ]; then echo "not reproduced: the server ends otherwise"; exit 1; fi
      if [ "$violated" = 1 ]; then echo "reproduced"; else echo "done"; fi
    }

    """#
}
