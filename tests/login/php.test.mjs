import { testRecipe } from './recipe.mjs';

testRecipe('php', 'login.php');
