// Session ids: how they are written and read.
#include "session/uuid.h"

#include <gtest/gtest.h>

#include <set>

namespace sessiond {
namespace {

TEST(Uuid, ReadsWhatItWrites) {
  Uuid uuid;
  for (std::size_t i = 0; i < uuid.bytes.size(); ++i) uuid.bytes[i] = static_cast<std::uint8_t>(i * 17);
  const auto text = format_uuid(uuid).string();
  EXPECT_EQ(text, "00112233-4455-6677-8899-aabbccddeeff");
  EXPECT_EQ(parse_uuid(text), uuid);
  EXPECT_EQ(parse_uuid("00000000-0000-0000-0000-000000000000"), Uuid()) << "the Nil UUID is one, too";
}

TEST(Uuid, ReadsBothCasesAndWritesLower) {
  const auto uuid = parse_uuid("019ABCDE-F012-7345-89aB-CdEf01234567");
  ASSERT_TRUE(uuid);
  EXPECT_EQ(format_uuid(*uuid), "019abcde-f012-7345-89ab-cdef01234567");
}

TEST(Uuid, OfVersion7SaysWhenItsSessionWasMinted) {
  EXPECT_EQ(minted_at(*parse_uuid("0193585c-2b1e-7fff-bfff-ffffffffffff")), 0x0193585c2b1e);
  EXPECT_EQ(minted_at(*parse_uuid("00000000-0001-7fff-bfff-ffffffffffff")), 1);
}

class NoUuid : public ::testing::TestWithParam<std::string> {};

TEST_P(NoUuid, IsRefused) { EXPECT_EQ(parse_uuid(GetParam()), std::nullopt); }

INSTANTIATE_TEST_SUITE_P(Texts, NoUuid,
                         ::testing::Values("", "0", "00112233445566778899aabbccddeeff",
                                           "00112233-4455-6677-8899-aabbccddeef", "00112233-4455-6677-8899-aabbccddeeff0",
                                           "{00112233-4455-6677-8899-aabbccddeeff}",
                                           "00112233-4455-6677-8899-aabbccddeefg", "0011223-34455-6677-8899-aabbccddeeff",
                                           "00112233-4455-6677-8899_aabbccddeeff", " 0112233-4455-6677-8899-aabbccddeeff",
                                           "00112233-4455-6677-8899-aabbccddeef\n", "-0112233-4455-6677-8899-aabbccddeeff",
                                           "urn:uuid:00112233-4455-6677-8899-aabbccddeeff",
                                           std::string("00112233-4455-6677-8899-aabbccddeef\0", 36),
                                           std::string(10'000, 'a')));

TEST(Uuid, NewTailsCompleteAVersion7IdAndDiffer) {
  std::set<std::string> tails;
  for (int i = 0; i < 1000; ++i) {
    const std::string tail = new_uuid_tail();
    const auto uuid = parse_uuid("01900000-0000-7000-" + tail);
    ASSERT_TRUE(uuid) << tail;
    EXPECT_EQ(uuid->bytes[8] >> 6, 2) << "variant";
    tails.insert(tail);
  }
  EXPECT_EQ(tails.size(), 1000U);
}

}  // namespace
}  // namespace sessiond
