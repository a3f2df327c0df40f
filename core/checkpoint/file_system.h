#pragma once

// System calls on paths that a commit is made of: folders, renames, whole small files. All throw
// SystemCallError. Thread-safe for distinct paths.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace lockstep {

enum class Durability : std::uint8_t {
  kSurvivesPowerLoss,  ///< file and folder are synced
  kSurvivesProcess,    ///< readers see the old or the new whole; cheap
};

/// Makes the folder and those above it; nothing where it exists.
void CreateFolders(const std::filesystem::path& path);
/// fsync of a folder: makes renames and new names in it last. Never tried again (see
/// PosixFile::Sync).
void SyncFolder(const std::filesystem::path& path);
/// Fails with EEXIST or ENOTEMPTY where `to` is a folder that holds files. Both lie on one file
/// system.
void RenameFolderWithoutReplacing(const std::filesystem::path& from,
                                  const std::filesystem::path& to);
/// Gives two entries each other's name in one step: at any moment both names are taken. False, with
/// nothing changed, where the file system cannot. Both lie on one file system.
bool ExchangeNames(const std::filesystem::path& a, const std::filesystem::path& b);
/// The paths of all entries of a folder, sorted.
std::vector<std::filesystem::path> ListFolder(const std::filesystem::path& path);
/// Whether a plain file, not a link to one, is there. Never throws.
bool IsPlainFile(const std::filesystem::path& path);
/// Removes a file or a folder with all it holds; nothing where it is absent.
void RemoveTree(const std::filesystem::path& path);
/// Throws InputMissing where the file is not there.
std::string ReadText(const std::filesystem::path& path);
/// Throws InputMissing where the file is not there.
std::vector<std::byte> ReadBytes(const std::filesystem::path& path);
/// Puts a file with this text in the place of `path` by way of TemporaryNameOf(path): readers never
/// see a part.
void ReplaceFile(const std::filesystem::path& path, std::string_view text, Durability durability);

/// What names of unfinished files and folders begin with.
inline constexpr std::string_view kTemporaryPrefix = ".tmp-";
/// "logs/x" to "logs/.tmp-x".
std::filesystem::path TemporaryNameOf(const std::filesystem::path& path);

}  // namespace lockstep
