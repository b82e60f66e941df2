#include "lakes/lake_conformance.h"

namespace suikei::lakes {

INSTANTIATE_TEST_SUITE_P(DuckLake, LakeConformance, ::testing::Values(LakeUnderTest{"ducklake"}));

}  // namespace suikei::lakes
