#pragma once

#include <string_view>

namespace sessiond::log {

/// Whether the systemd journal reads standard error (systemd.exec(5), $JOURNAL_STREAM).
[[nodiscard]] bool journal_reads_stderr();

/// Whether there is a journal on this host that takes entries.
[[nodiscard]] bool has_journal();

/// Hands a packed line to the journal, with its fields (sd_journal_send(3)). `priority`: 3, an error, to 7. False when
/// the journal cannot take it.
[[nodiscard]] bool send_to_journal(int priority, std::string_view packed);

}  // namespace sessiond::log
